import { existsSync } from "node:fs";
import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { type Plan as StackPlan } from "../../plan/plan.ts";
import { type Project, stackFile, stackNames } from "../../plan/project.ts";
import { planStack } from "../../plan/stack-plan.ts";
import { isRefused } from "../../policy/check.ts";
import { capabilities, choosePath, type End, kindOf } from "../capabilities.ts";
import { embedded, type Path, type Plan, PromotionError, type RunningSessions } from "../contract.ts";
import { makePlan, windows } from "../plan/make.ts";
import { sharedTtl } from "../stacks/records.ts";

/** What the operator says of a promotion that is yet to begin. */
export interface Wishes {
  readonly path?: Path | undefined;
  readonly sessions?: RunningSessions | undefined;
  /** Whether the target looks into the source's bucket, too, until the source is retired. Default: it does not. */
  readonly readThrough?: boolean | undefined;
  /** Milliseconds for which nobody may write, at the most. */
  readonly window?: number | undefined;
  /** Whether the move is rehearsed into a scratch stack before writing ends. Default: it is not. */
  readonly rehearses?: boolean | undefined;
  /** Whether an address is given at which the other side's server reaches each side's. */
  readonly dials: { readonly from: boolean; readonly to: boolean };
}

/** One side, by what its file says. */
export interface Outlook {
  readonly name: string;
  /** `tier vps, PostgreSQL in a container` */
  readonly what: string;
  /** USD a month; 0 on this machine. */
  readonly usd: number;
  /** Whether every price is known. */
  readonly isComplete: boolean;
}

/** There is no such stack, or no such way between the two. */
export class NoSuchWay extends PromotionError {}

/** A promotion as it would go, told from the files of both stacks, with neither network nor account. */
export interface Forecast {
  readonly plan: Plan;
  readonly from: Outlook;
  readonly to: Outlook;
  /** What keeps it from being begun, a line each. */
  readonly blocks: readonly string[];
  /** What is to be known before, and keeps nothing. */
  readonly notes: readonly string[];
}

interface Described extends Outlook {
  readonly config: Config | undefined;
  readonly blocks: readonly string[];
}

/** @throws {NoSuchWay} {ConfigError} when a stack's file is wrong. */
export async function forecast(
  project: Project,
  from: string,
  to: string,
  wishes: Wishes,
): Promise<Forecast> {
  if (to === embedded)
    throw new NoSuchWay(
      `Nothing is promoted to "${embedded}": it is the installation on this machine, for one person. Name a stack.`,
    );
  if (from === to)
    throw new NoSuchWay(
      `"${from}" cannot be promoted to itself: name the stack that is to come in its place.`,
    );
  const source = await describe(project, from);
  const target = await describe(project, to);
  const { path, reasons } = choosePath(
    endOf(source, wishes.dials.from),
    endOf(target, wishes.dials.to),
    [],
    wishes.path,
  );
  if (wishes.path === "ONLINE" && path === "OFFLINE")
    throw new NoSuchWay(["ONLINE is not possible:", ...reasons.map((line) => `  ${line}`)].join("\n"));
  const { sessions, window, rehearses, readThrough } = wishes;
  if (window !== undefined) checkWindow(window, path);
  const plan = makePlan({
    from,
    to,
    path,
    reasons,
    recordsTtl: sharedTtl(source.config, target.config),
    ...(sessions && { sessions }),
    ...(readThrough && { readThrough }),
    ...(rehearses && { rehearses }),
    ...(window !== undefined && { timing: path === "ONLINE" ? { window } : { limit: window } }),
  });
  return {
    plan,
    from: source,
    to: target,
    blocks: target.blocks,
    notes: notesOn(source.config, target.config),
  };
}

function endOf({ name, config }: Described, isGiven: boolean): End {
  const kind = kindOf(config);
  return { name, kind, isDialled: isGiven || capabilities[kind].isPublic };
}

async function describe(project: Project, name: string): Promise<Described> {
  if (name === embedded)
    return {
      name,
      what: capabilities[embedded].title,
      usd: 0,
      isComplete: true,
      config: undefined,
      blocks: [],
    };
  if (!existsSync(stackFile(project, name)))
    throw new NoSuchWay(
      `There is no stack "${name}" (Pulumi.${name}.yaml); there is ${[embedded, ...stackNames(project)].join(", ")}.`,
    );
  const config = parseConfig(readStackFile(stackFile(project, name), project.name));
  const { cost, tier, notes, violations } = await planStack(project, name);
  return {
    name,
    what: `tier ${tier}, ${capabilities[kindOf(config)].title}`,
    usd: cost.usd,
    isComplete: cost.complete,
    config,
    blocks: [...notes, ...broken({ violations })].map((line) => `Pulumi.${name}.yaml: ${line}`),
  };
}

const broken = ({ violations }: Pick<StackPlan, "violations">): string[] =>
  violations.filter(isRefused).map(({ rule, message }) => `${message} (${rule})`);

function notesOn(from: Config | undefined, to: Config | undefined): string[] {
  const [before, after] = [domainOf(from), domainOf(to)];
  if (after !== undefined && before === after)
    return [
      `${after} leads to the source until the switch${isMade(from) && isMade(to) ? ", which changes its records; others keep them for a minute at the most" : ", when you are told which records to make"}. The target gets its certificate once it leads there.`,
    ];
  const opened = `People open ${after ?? "another address"} afterwards${before === undefined ? "" : `, no more ${before}`}`;
  if (from === undefined) return [`${opened}, and its first owner is set up there: OWNER_BOOTSTRAP_TOKEN.`];
  // A browser sends the cookies of a host to each of its ports.
  if (from.tier === "local" && to?.tier === "local")
    return ["People open another port of this machine afterwards, and stay signed in."];
  return [`${opened}: their cookies are of the old address, so they sign in once more.`];
}

const isMade = (config: Config | undefined): boolean =>
  config !== undefined && "dns" in config && config.dns.provider !== "none";
const domainOf = (config: Config | undefined): string | undefined => config?.domain;

/** @throws {NoSuchWay} */
function checkWindow(window: number, path: Path): void {
  const { above, most } = windows[path];
  if (window > above && window <= most) return;
  const bounds = [
    `more than ${above / 1_000} s`,
    ...(most < Infinity ? [`${most / 1_000} s at the most`] : []),
  ];
  throw new NoSuchWay(
    `--window is ${window / 1_000} s, and ${path} nobody can write for ${bounds.join(" and ")}; give minutes`,
  );
}
