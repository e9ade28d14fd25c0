import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { type Project, stackFile } from "../../plan/project.ts";
import type { End } from "../actions/contract.ts";
import type { Detail, Plan } from "../contract.ts";
import { embedded } from "../contract.ts";
import type { ManagedStack } from "./stack.ts";

interface Options {
  readonly project: Project;
  readonly plan: Plan;
  readonly stack: (end: End) => Promise<ManagedStack>;
  readonly note: (text: string) => void;
}

/** Where a domain leads that both stacks name. Without one all of it does nothing: people then open another address. */
export interface Records {
  /** Whether both stacks have one domain. */
  readonly areShared: boolean;
  /** Lets others keep the source's records for a minute only. @returns since when, and for how many seconds they kept them. */
  lowerTtl(signal: AbortSignal): Promise<Detail>;
  /** Lets them keep them for as long as before. */
  restoreTtl(signal: AbortSignal): Promise<Detail>;
  /** Says in the target's file whether it makes none, as long as the source has them. */
  standBy(isStandby: boolean): Promise<void>;
  /** Leads the domain to a side. */
  lead(end: End, signal: AbortSignal): Promise<Detail>;
}

/** Seconds; Cloudflare takes no less. */
const shortest = 60;

const skip = (): Promise<Detail> => Promise.resolve({ skipped: "the two have no domain in common" });
const nothing: Records = {
  areShared: false,
  lowerTtl: skip,
  restoreTtl: skip,
  standBy: async () => undefined,
  lead: skip,
};

export function sharedRecords({ project, plan, stack, note }: Options): Records {
  if (plan.from === embedded) return nothing;
  const configOf = (name: string) => parseConfig(readStackFile(stackFile(project, name), project.name));
  const sides = { source: placeOf(configOf(plan.from)), target: placeOf(configOf(plan.to)) };
  const { source, target } = sides;
  if (!areShared(source, target)) return nothing;

  async function setStandby(end: End, isStandby: boolean): Promise<void> {
    if (!sides[end].isMade) return;
    await (await stack(end)).set({ "dns.standby": String(isStandby) }, { secret: false });
  }
  async function change(end: End, isStandby: boolean, signal: AbortSignal): Promise<void> {
    if (!sides[end].isMade) return;
    await setStandby(end, isStandby);
    await (await stack(end)).upRecords(signal);
  }

  /** What the file says may have been interrupted before it was done. */
  async function keepFor(ttl: number, signal: AbortSignal): Promise<Detail> {
    const { recordsTtl } = plan;
    if (recordsTtl === undefined)
      return { skipped: `${source.domain} has records that somebody makes by hand` };
    if (recordsTtl <= shortest) return { skipped: `its records are kept for ${recordsTtl} s already` };
    const open = await stack("source");
    await open.set({ "dns.ttl": String(ttl) }, { secret: false });
    await open.upRecords(signal);
    return { ttl };
  }

  return {
    areShared: true,
    async lowerTtl(signal) {
      const lowered = await keepFor(shortest, signal);
      return "skipped" in lowered
        ? lowered
        : { ...lowered, at: new Date().toISOString(), kept: plan.recordsTtl };
    },
    restoreTtl: (signal) => keepFor(plan.recordsTtl ?? shortest, signal),
    standBy: (isStandby) => setStandby("target", isStandby),
    async lead(end, signal) {
      const other = end === "source" ? "target" : "source";
      const [own, others] = [await (await stack(end)).records(), await (await stack(other)).records()];
      if (!sides[end].isMade) note(`Make these records now:\n${own.byHand}`);
      const types = typesIn(own.byHand);
      const areAddresses =
        types.length > 0 && [...types, ...others.made].every((type) => ["A", "AAAA"].includes(type));
      // Nobody is to hear that there is no such name, which others keep for long; but a CNAME suffers nothing beside it.
      const order: readonly End[] = areAddresses ? [end, other] : [other, end];
      for (const each of order) await change(each, each !== end, signal);
      return { domain: source.domain, records: sides[end].isMade ? "made" : "by hand" };
    },
  };
}

/** Seconds for which others keep records that a stack makes of a domain which another one has, too, as its file says. */
export function sharedTtl(from: Config | undefined, to: Config | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  const source = placeOf(from);
  return source.isMade && areShared(source, placeOf(to)) ? source.ttl : undefined;
}

type Place = ReturnType<typeof placeOf>;

const areShared = (source: Place, target: Place): boolean =>
  source.domain !== undefined && source.domain === target.domain;

/** What a stack's file says of its domain: who makes the records, and for how many seconds others keep them. */
function placeOf(config: Config) {
  const { domain, dns } = "dns" in config ? config : { domain: undefined, dns: undefined };
  return { domain, isMade: dns !== undefined && dns.provider !== "none", ttl: dns?.ttl };
}

/** `example.com. 300 IN A 192.0.2.1`, a line each. */
const typesIn = (lines: string): string[] =>
  lines.split("\n").flatMap((line) => /^\S+ \d+ IN (\w+) /.exec(line)?.[1] ?? []);
