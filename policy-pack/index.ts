/** The rules of infra/policy/ as a Pulumi policy pack: `pulumi preview --policy-pack policy-pack`. */
import { PolicyPack } from "@pulumi/policy";
import { parseConfig } from "../infra/config/parse.ts";
import { readProgram } from "../infra/config/program.ts";
import { secretNames } from "../infra/config/secrets.ts";
import { policiesFor } from "./policies.ts";

const { file, values } = readProgram();
// A pack is told the configuration but not which of it is encrypted. That is for the program to refuse.
const secretKeys = secretNames.map((name) => `testfarm:${name}`);
new PolicyPack("testfarm", { policies: policiesFor(parseConfig({ file, values, secretKeys })) });
