import type { readByOperators } from "../../app/env/roles.ts";
import { AccessError } from "../contracts/access.ts";
import { readByOperator, reads } from "../contracts/role-variables.ts";
import type { OpenStack } from "./index.ts";
import { outdated } from "./outputs.ts";

type Given = typeof readByOperator;

/** What an operator runs once beside a stack. One that would get a name more than it reads is none: it does not compile. */
export type OperatorRole = {
  [R in keyof Given]: Exclude<keyof Given[R], (typeof readByOperators)[R][number]> extends never ? R : never;
}[keyof Given];

/** Of the stack's own roles an operator runs this one, too: a backup when it is wanted. */
const given = { ...readByOperator, backup: reads.backup };

/**
 * The outputs that a role reads, and no others.
 *
 * @throws {AccessError} when the stack does not export all of them.
 */
export function variablesOf(
  { name, outputs }: Pick<OpenStack, "name" | "outputs">,
  role: OperatorRole | "backup",
) {
  const names = Object.keys(given[role]);
  const missing = names.filter((each) => outputs[each] === undefined);
  if (missing.length > 0) throw new AccessError(outdated(name, ...missing));
  return Object.fromEntries(names.map((each) => [each, outputs[each]!]));
}
