import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import * as state from "@pulumi/pulumi/runtime/state.js";
import type { RawConfig } from "../config/parse.ts";
import type { Config } from "../config/schema.ts";
import { record } from "../plan/record.ts";
import { isRefused, violationsOf } from "./check.ts";
import { circumstancesOf, type Violation } from "./rule.ts";

/** Every rule of severity `error` that a stack breaks and does not waive. The engine prints it without a stack trace. */
export class PolicyError extends RunError {
  override readonly name = "PolicyError";
  readonly violations: readonly Violation[];

  constructor(file: string, violations: readonly Violation[]) {
    const count = violations.length === 1 ? "1 violation" : `${violations.length} violations`;
    const lines = violations.map(({ rule, resource, message }) => `  ${rule}: ${resource} ${message}`);
    const waivers = [...new Set(violations.map(({ rule }) => rule))].flatMap((rule) => [
      `    - rule: ${rule}`,
      "      reason: <why it may be so>",
    ]);
    const waive = [`To let one pass all the same, say why in ${file}:`, "  testfarm:waive:", ...waivers];
    super([`${file} has ${count} of the rules in docs/policy.md:`, ...lines, ...waive].join("\n"));
    this.violations = violations;
  }
}

// The Automation API keeps the SDK's state of programs in one process apart by it; left out of the published types.
const { withLocalStorage } = state as unknown as { withLocalStorage: <T>(run: () => T) => T };

/**
 * Records what the program would make, apart from the engine that runs it, so that nothing exists when a rule is broken.
 * A recording is not checked again, nor is a test's: who made it looks at the violations itself.
 *
 * @param raw the configuration as received, its secrets as no more than present.
 * @throws {PolicyError} with every violation that is neither a warning nor waived.
 */
export async function refuseViolations(
  program: () => Promise<Record<string, unknown>>,
  raw: RawConfig,
  config: Config,
): Promise<void> {
  if (getMonitor() instanceof MockMonitor) return;
  const options = {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    config: raw.values,
    secretKeys: raw.secretKeys,
  };
  const recording = await withLocalStorage(() => record(program, options));
  const violations = violationsOf(recording, circumstancesOf(config), config.waive).filter(isRefused);
  if (violations.length > 0) throw new PolicyError(raw.file, violations);
}
