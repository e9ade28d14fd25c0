import { describe, expect, test } from "vitest";
import { readStackFile } from "../../../infra/config/file.ts";
import { parseConfig } from "../../../infra/config/parse.ts";
import { schema, type Tier } from "../../../infra/config/schema.ts";
import { isFrozenInDepth, minimum, problemsOf, rawOf } from "./stack.ts";

const defaults = {
  local: { tier: "local", sessions: 5, port: 8443 },
  vps: {
    tier: "vps",
    provider: "digitalocean",
    sessions: 5,
    region: "fra1",
    size: "s-2vcpu-4gb",
    volumeGb: 25,
    adminCidrs: ["198.18.7.7/32"],
    sshPublicKey: "ssh-ed25519 AAAAC3Nz operator",
  },
  paas: {
    tier: "paas",
    sessions: 20,
    service: "railway",
    web: "vercel",
    database: "supabase",
    cache: "upstash",
    bucket: "r2",
    browser: "browserbase",
  },
  fly: { tier: "fly", sessions: 30, regions: ["madrid", "new-york", "singapore"], browser: "browserbase" },
  kubernetes: { tier: "kubernetes", sessions: 50, cluster: "gke" },
} satisfies { readonly [T in Tier]: object };

const tiers = Object.keys(minimum) as Tier[];

test("the minimum of every tier is known here", () => {
  expect(schema.options.map(({ shape }) => shape.tier.value)).toEqual(tiers);
});

describe.each(tiers)("tier %s", (tier) => {
  test("takes its minimum and gives its defaults", () => {
    expect(parseConfig(rawOf(minimum[tier]))).toEqual({ ...defaults[tier], secrets: [] });
  });

  test("asks for nothing that its minimum leaves out, and for all that is in it", () => {
    for (const name of Object.keys(minimum[tier])) {
      expect(problemsOf(rawOf(minimum[tier], { [name]: undefined }))).toEqual([
        expect.stringMatching(new RegExp(`^testfarm:${name}: missing; `)),
      ]);
    }
  });

  test("gives a value that nobody can change, at any depth", () => {
    const config = parseConfig(rawOf(minimum[tier], { image: '{"app":"a:1","web":"b:1"}' }, []));
    expect(isFrozenInDepth(config)).toBe(true);
    expect(() => Object.assign(config.image ?? {}, { app: "b:2" })).toThrow(TypeError);
  });

  test("tells which secrets are set, and nothing of what they say", () => {
    const secrets = { trelloApiSecret: "canary-1", trelloApiKey: "canary-2", anthropicApiKey: "canary-3" };
    const config = parseConfig(rawOf(minimum[tier], secrets, Object.keys(secrets)));
    expect(config.secrets).toEqual(["anthropicApiKey", "trelloApiKey", "trelloApiSecret"]);
    expect(JSON.stringify(config)).not.toContain("canary");
  });

  test("takes images and a domain", () => {
    const image = { app: "registry.test/app:1", web: "registry.test/web@sha256:00" };
    const change = { domain: "testfarm.example.com", image: JSON.stringify(image), sessions: "7" };
    expect(parseConfig(rawOf(minimum[tier], change))).toMatchObject({
      domain: "testfarm.example.com",
      image,
      sessions: 7,
    });
  });
});

test.each(["203.0.113.7/32", "10.0.0.0/8", "2001:db8::/48", "::1/128"])(
  "SSH can be opened to %s",
  (range) => {
    const config = parseConfig(rawOf(minimum.vps, { adminCidrs: JSON.stringify([range]) }));
    expect(config).toMatchObject({ adminCidrs: [range] });
  },
);

test.each([
  "ssh-ed25519 AAAAC3Nz",
  "ssh-rsa AAAAB3Nz== somebody at home",
  "ecdsa-sha2-nistp256 AAAAE2V+/x= operator",
])("a public key may be %s", (sshPublicKey) => {
  expect(parseConfig(rawOf(minimum.vps, { sshPublicKey }))).toMatchObject({ sshPublicKey });
});

test("a text that looks like a number stays a text", () => {
  expect(parseConfig(rawOf(minimum.vps, { region: "1", size: "1e3" }))).toMatchObject({
    region: "1",
    size: "1e3",
  });
});

test.each([
  ["mvp", "vps"],
  ["scale", "kubernetes"],
])("the repository's own Pulumi.%s.yaml is a stack of tier %s", (stack, tier) => {
  expect(parseConfig(readStackFile(`Pulumi.${stack}.yaml`, "testfarm")).tier).toBe(tier);
});
