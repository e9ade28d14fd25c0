/** `testfarm/config`: the typed configuration of a stack. */
export { ConfigError, parseConfig, type Problem, type RawConfig } from "./parse.ts";
export { programConfig } from "./program.ts";
export { readStackFile } from "./file.ts";
export { secretNames, type Config, type ConfigOf, type SecretName, type Tier } from "./schema.ts";
