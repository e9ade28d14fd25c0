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
  /** Lets others keep the source's records for a minute only. */
  lowerTtl(signal: AbortSignal): Promise<Detail>;
  /** Says in the target's file that it makes none as long as the source has them. */
  standBy(): Promise<void>;
  /** Leads the domain to a side. */
  lead(end: End, signal: AbortSignal): Promise<Detail>;
}

/** Seconds; Cloudflare takes no less. */
const shortest = 60;

const nothing = { areShared: false, standBy: async () => undefined } as const;

export function sharedRecords({ project, plan, stack, note }: Options): Records {
  if (plan.from === embedded) return { ...nothing, lowerTtl: skip, lead: skip };
  const configOf = (name: string) => parseConfig(readStackFile(stackFile(project, name), project.name));
  const sides = { source: placeOf(configOf(plan.from)), target: placeOf(configOf(plan.to)) };
  const { source, target } = sides;
  if (source.domain === undefined || source.domain !== target.domain)
    return { ...nothing, lowerTtl: skip, lead: skip };

  async function setStandby(end: End, isStandby: boolean): Promise<void> {
    if (!sides[end].isMade) return;
    await (await stack(end)).set({ "dns.standby": String(isStandby) }, { secret: false });
  }
  async function change(end: End, isStandby: boolean, signal: AbortSignal): Promise<void> {
    if (!sides[end].isMade) return;
    await setStandby(end, isStandby);
    await (await stack(end)).upRecords(signal);
  }

  return {
    areShared: true,
    async lowerTtl(signal) {
      if (!source.isMade) return { skipped: `${source.domain} has records that somebody makes by hand` };
      if (source.ttl <= shortest) return { skipped: `its records are kept for ${source.ttl} s already` };
      const open = await stack("source");
      await open.set({ "dns.ttl": String(shortest) }, { secret: false });
      await open.upRecords(signal);
      return { ttl: shortest, before: source.ttl };
    },
    standBy: () => setStandby("target", true),
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

const skip = (): Promise<Detail> => Promise.resolve({ skipped: "the two have no domain in common" });

/** What a stack's file says of its domain: who makes the records, and for how many seconds others keep them. */
function placeOf(config: Config) {
  const { domain, dns } = "dns" in config ? config : { domain: undefined, dns: undefined };
  return { domain, isMade: dns !== undefined && dns.provider !== "none", ttl: dns?.ttl ?? 0 };
}

/** `example.com. 300 IN A 192.0.2.1`, a line each. */
const typesIn = (lines: string): string[] =>
  lines.split("\n").flatMap((line) => /^\S+ \d+ IN (\w+) /.exec(line)?.[1] ?? []);
