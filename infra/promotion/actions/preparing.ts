/** Before anything moves: both sides are looked at, and the target is made. */
import { type Detail, PromotionError } from "../contract.ts";
import type { ActionName } from "../plan/names.ts";
import type { Finding } from "../preflight/contract.ts";
import { preflight } from "../preflight/preflight.ts";
import type { Action, Context } from "./contract.ts";

const checkBefore: Action = async (context, signal) => {
  const stacks = await context.surroundings.checkTarget(signal);
  const source = await context.side("source");
  return { ...judge(context, await preflight({ run: context.plan.run, source })), stacks };
};

const of = (detail: unknown): Detail => (detail ?? {}) as Detail;

/** Before RETIRE nothing has taken it off. */
const protectSource: Action = async ({ surroundings }, signal, { earlier }) =>
  earlier("final-backup") === undefined
    ? { skipped: "its protection was not taken off" }
    : surroundings.protectSource(of(earlier("check-before")?.["stacks"]), signal);

const checkAfter: Action = async (context) => {
  const [source, target] = [await context.side("source"), await context.side("target")];
  return judge(context, await preflight({ run: context.plan.run, source, target }));
};

/** What blocks is an error with all of it, each with its remedy; what is to be known is told. */
function judge({ plan, note }: Context, findings: readonly Finding[]) {
  const wrong = findings.filter(
    ({ level }) => level === "blocks" || (level === "offline" && plan.path === "ONLINE"),
  );
  if (wrong.length > 0)
    throw new PromotionError(
      [
        `${plan.from} cannot be promoted to ${plan.to} ${plan.path}:`,
        ...wrong.map(told),
        ...(wrong.every(({ level }) => level === "offline") ? ["OFFLINE it can: --path OFFLINE."] : []),
      ].join("\n"),
    );
  for (const finding of findings) if (finding.level === "note") note(told(finding));
  return { checks: findings.length, notes: findings.filter(({ level }) => level === "note").length };
}

const told = ({ check, found, needed, remedy }: Finding): string =>
  `${check}: ${found}; needed: ${needed}.${remedy === "" ? "" : ` ${remedy}`}`;

export const preparing = {
  "check-before": checkBefore,
  "check-after": checkAfter,
  "carry-secrets": ({ surroundings }, signal) => surroundings.carrySecrets(signal),
  "lower-ttl": ({ surroundings }, signal) => surroundings.lowerTtl(signal),
  "restore-ttl": ({ surroundings }, signal) => surroundings.restoreTtl(signal),
  "provision-target": ({ surroundings }, signal) => surroundings.provisionTarget(signal),
  "wait-forgotten": ({ surroundings }, signal, { earlier }) =>
    surroundings.waitForgotten(of(earlier("lower-ttl")), signal),
  "destroy-target": ({ surroundings }, signal, { earlier }) =>
    surroundings.destroyTarget(of(earlier("check-before")?.["stacks"]), signal),
  "back-up-source": ({ surroundings }, signal) => surroundings.backUp("source", signal),
  "protect-source": protectSource,
  rehearse: ({ surroundings }, signal) => surroundings.rehearse(signal),
} as const satisfies Partial<Record<ActionName, Action>>;
