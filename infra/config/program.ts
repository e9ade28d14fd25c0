import * as pulumi from "@pulumi/pulumi";
import { hidden, parseConfig, type RawConfig } from "./parse.ts";
import type { Config } from "./schema.ts";

// The SDK exports it from its `runtime` but leaves it out of the published types.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** The configuration that the engine gave the running program, without the content of its secrets. */
export function readProgram(): RawConfig {
  const all = pulumi.runtime.allConfig();
  const secretKeys = Object.keys(all).filter(isConfigSecret);
  const values = { ...all, ...Object.fromEntries(secretKeys.map((key) => [key, hidden])) };
  return { file: `Pulumi.${pulumi.getStack()}.yaml`, values, secretKeys };
}

/**
 * The running program's own configuration, parsed and frozen.
 * @throws {ConfigError} with all that is wrong; the engine prints it without a stack trace.
 */
export const programConfig = (): Config => parseConfig(readProgram());
