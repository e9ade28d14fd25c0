import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse.ts";
import { placeholdersIn } from "../../../infra/config/placeholders.ts";
import { readStackFile } from "../../../infra/config/file.ts";
import { minimum, rawOf, type Settings } from "./stack.ts";

const found = (change: Settings): string[] =>
  placeholdersIn(parseConfig(rawOf(minimum.vps, change))).map(({ path, message }) => `${path}: ${message}`);

test("an operator's own values are no placeholders", () => {
  expect(found({})).toEqual([]);
});

test.each(["192.0.2.1/32", "198.51.100.0/24", "203.0.113.7/32", "2001:db8::1/128"])(
  "%s is a range of examples, found by its place in the list",
  (range) => {
    expect(found({ adminCidrs: JSON.stringify(["198.18.7.7/32", range]) })).toEqual([
      `testfarm:adminCidrs[1]: ${range} is an example; put in your own address, which \`curl https://ifconfig.me\` prints`,
    ]);
  },
);

test("addresses beside the ranges of examples are somebody's own", () => {
  expect(found({ adminCidrs: JSON.stringify(["192.0.3.1/32", "203.0.114.7/32", "2001:db9::/32"]) })).toEqual(
    [],
  );
});

test("a public key by the name of example is one that no private key fits", () => {
  expect(found({ sshPublicKey: "ssh-ed25519 AAAA example" })).toEqual([
    "testfarm:sshPublicKey: is an example that no private key fits; put in the content of your ~/.ssh/id_ed25519.pub",
  ]);
  expect(found({ sshPublicKey: "ssh-ed25519 AAAA me@example" })).toEqual([]);
});

test("all placeholders are found at once", () => {
  const change = { adminCidrs: '["203.0.113.7/32"]', sshPublicKey: "ssh-ed25519 AAAA example" };
  expect(found(change)).toHaveLength(2);
});

const placesIn = (stack: string) =>
  placeholdersIn(parseConfig(readStackFile(`Pulumi.${stack}.yaml`, "testfarm"))).map(({ path }) =>
    path.slice(9),
  );

test("of the managed tiers' own examples every image and account is one, and every token is missing", () => {
  expect(placesIn("validation")).toEqual([
    "image.app",
    "browserbaseProjectId",
    "browserbaseApiKey",
    "accounts.cloudflare",
    "accounts.railway",
    "railwayToken",
    "accounts.supabase",
    "supabaseAccessToken",
    "accounts.upstash",
    "upstashApiKey",
  ]);
  expect(placesIn("growth")).toEqual([
    "image.app",
    "image.web",
    "browserbaseProjectId",
    "browserbaseApiKey",
    "accounts.cloudflare",
    "accounts.fly",
    "flyToken",
    "accounts.upstash",
    "upstashApiKey",
  ]);
});

test("a stack of one's own has no placeholder in it once its tokens are there", () => {
  const tokens = { browserbaseApiKey: "x", railwayToken: "x", supabaseAccessToken: "x", upstashApiKey: "x" };
  const own = parseConfig(rawOf(minimum.paas, tokens, Object.keys(tokens)));
  expect(placeholdersIn(own)).toEqual([]);
  const { upstashApiKey: _, ...fewer } = tokens;
  expect(placeholdersIn(parseConfig(rawOf(minimum.paas, fewer, Object.keys(fewer))))).toEqual([
    {
      path: "testfarm:upstashApiKey",
      message: "missing; pulumi config set --secret testfarm:upstashApiKey <token>",
    },
  ]);
});
