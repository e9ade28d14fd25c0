/** `testfarm/config`: the typed configuration of a stack. */
export { ConfigError, parseConfig, type Problem, type RawConfig } from "./parse.ts";
export { programConfig } from "./program.ts";
export { readStackFile } from "./file.ts";
export type { Config, ConfigOf, Tier } from "./schema.ts";
export { secretNames, type SecretName } from "./secrets.ts";
