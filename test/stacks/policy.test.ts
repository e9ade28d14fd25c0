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

const digest = `@sha256:${"0".repeat(64)}`;
const account = "11111111-1111-1111-1111-111111111111";
const managed = {
  "testfarm:image": JSON.stringify({ app: `shop${digest}`, web: `shop-web${digest}` }),
  "testfarm:accounts": JSON.stringify({
    cloudflare: "1".repeat(32),
    fly: "acme",
    netlify: "acme",
    railway: account,
    render: "tea-acme",
    supabase: "acme",
    upstash: "me@acme.test",
  }),
  "testfarm:browserbaseProjectId": account,
};
const paas = (...choices: readonly string[]) => {
  const [service = "", web = "", database = "", cache = "", bucket = ""] = choices;
  const chosen = Object.entries({ service, web, database, cache, bucket });
  return {
    ...managed,
    "testfarm:tier": "paas",
    ...Object.fromEntries(chosen.map(([name, company]) => [`testfarm:${name}`, company])),
  };
};

/** Every stack that is offered, with nothing set but what has no default, and whether it keeps its database itself. */
const stacks: readonly (readonly [string, boolean, Readonly<Record<string, string>>])[] = [
  ["local", true, { "testfarm:tier": "local" }],
  ...providers.map((provider) => [provider, true, { ...server, "testfarm:provider": provider }] as const),
  ["paas at five companies", false, { ...managed, "testfarm:tier": "paas" }],
  ["paas at five others", false, paas("render", "netlify", "neon", "none", "r2")],
  ["paas at Railway alone", true, paas("railway", "platform", "platform", "platform", "platform")],
  ["paas at Render", false, paas("render", "platform", "platform", "platform", "r2")],
  ["fly", false, { ...managed, "testfarm:tier": "fly" }],
  ["fly with Tigris", false, { ...managed, "testfarm:tier": "fly", "testfarm:bucket": "tigris" }],
];

test.each(stacks)(
  "a stack %s with its defaults breaks no rule for which it would be refused",
  async (_, keepsDatabase, values) => {
    const config = parseConfig({ file: "Pulumi.own.yaml", values, secretKeys: [] });
    const recording = await record(program, { project: "testfarm", stack: "own", config: values });
    const violations = violationsOf(recording, circumstancesOf(config), config.waive);
    expect(violations.filter(isRefused)).toEqual([]);
    expect(violations.some(({ rule }) => rule === "backup-missing")).toBe(keepsDatabase);
  },
);
