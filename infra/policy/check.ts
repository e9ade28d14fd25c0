import type { Config } from "../config/schema.ts";
import type { Recording } from "../plan/record.ts";
import { ruleIds } from "./ids.ts";
import type { Circumstances, Violation } from "./rule.ts";
import { rules } from "./rules.ts";

/** Every violation, by rule and then by resource; a waived one says so, and none is left out. */
export function violationsOf(
  recording: Recording,
  circumstances: Circumstances,
  waive: Config["waive"] = [],
): Violation[] {
  return ruleIds.flatMap((rule) => {
    const { severity, check } = rules[rule];
    const waived = waive.find((waiver) => waiver.rule === rule)?.reason;
    return check(recording, circumstances)
      .map(({ resource: { type, name }, message }) => ({
        rule,
        severity,
        resource: `${type} ${name}`,
        message,
        ...(waived !== undefined && { waived }),
      }))
      .toSorted((a, b) => a.resource.localeCompare(b.resource, "en"));
  });
}

/** Whether `pulumi up` has to refuse it. */
export const isRefused = ({ severity, waived }: Violation): boolean =>
  severity === "error" && waived === undefined;
