import { expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse.ts";
import { providers } from "../../infra/hosts/index.ts";
import { record } from "../../infra/plan/record.ts";
import { isRefused, violationsOf } from "../../infra/policy/check.ts";
import { circumstancesOf } from "../../infra/policy/rule.ts";
import program from "../../stacks/index.ts";

const server = {
  "testfarm:tier": "vps",
  "testfarm:adminCidrs": JSON.stringify(["198.18.7.7/32"]),
  "testfarm:sshPublicKey": `ssh-ed25519 ${"A".repeat(68)} operator`,
};

/** Every stack that is offered, with nothing set but what has no default. */
const stacks: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["local", { "testfarm:tier": "local" }],
  ...providers.map((provider) => [provider, { ...server, "testfarm:provider": provider }] as const),
];

test.each(stacks)(
  "a stack %s with its defaults breaks no rule for which it would be refused",
  async (_, values) => {
    const config = parseConfig({ file: "Pulumi.own.yaml", values, secretKeys: [] });
    const recording = await record(program, { project: "testfarm", stack: "own", config: values });
    const violations = violationsOf(recording, circumstancesOf(config), config.waive);
    expect(violations.filter(isRefused)).toEqual([]);
    expect(violations.map(({ rule }) => rule)).toContain("backup-missing");
  },
);
