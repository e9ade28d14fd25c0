import type { Finding } from "../doctor/check.ts";
import { messageOf } from "../telemetry/error.ts";

/** A check has failed, and its line is printed: nothing is left to say of it. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
}

/**
 * One line a check, with its time.
 *
 * @param name what is checked.
 * @param outputs the stack's outputs that it stands on, for whoever has to mend it.
 * @param work says what was found. What it throws fails the check.
 * @throws {CheckFailed}
 */
export type Check = <Result extends { readonly says: string }>(
  name: string,
  outputs: readonly string[],
  work: () => Promise<Result>,
) => Promise<Result>;

/** @param write takes a line. */
export const checks =
  (write: (line: string) => void): Check =>
  async (name, outputs, work) => {
    const began = performance.now();
    const time = () => `${((performance.now() - began) / 1_000).toFixed(1)} s`;
    try {
      const result = await work();
      write(`✓ ${name}: ${result.says} (${time()})`);
      return result;
    } catch (error) {
      write(`✗ ${name}: ${reasonOf(error)} (${time()})`);
      if (outputs.length > 0) write(`  Look at the stack's outputs ${outputs.join(", ")}.`);
      throw new CheckFailed(name, { cause: error });
    }
  };

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const said =
    cause instanceof Error && cause.message !== ""
      ? `${messageOf(error)}: ${messageOf(cause)}`
      : messageOf(error);
  return said || error.name;
}

/** What the doctor has found, as the result of a check. @throws the first that is bad, with the fix. */
export function fromDoctor(findings: readonly Finding[]): { readonly says: string } {
  const bad = findings.find(({ state }) => state === "bad");
  if (bad) throw new Error(`${bad.name}: ${bad.says}. ${bad.fix ?? ""}`.trim());
  return { says: findings.map(({ says }) => says).join("; ") };
}
