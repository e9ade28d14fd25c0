import { describe, expect, test } from "vitest";
import { readStackFile } from "../../../infra/config/file.ts";
import { parseConfig } from "../../../infra/config/parse.ts";
import { schema, type Tier } from "../../../infra/config/schema.ts";
import { isFrozenInDepth, minimum, problemsOf, rawOf } from "./stack.ts";

/** What a minimum says, read. */
const given = (tier: "paas" | "fly") => {
  const { image, accounts, browserbaseProjectId } = minimum[tier];
  return { image: JSON.parse(image), accounts: JSON.parse(accounts), browserbaseProjectId };
};

const defaults = {
  local: {
    tier: "local",
    sessions: 5,
    egressAllow: [],
    ephemeral: false,
    httpsPort: 443,
    socket: "/var/run/docker.sock",
  },
  vps: {
    tier: "vps",
    provider: "digitalocean",
    sessions: 5,
    region: "fra1",
    size: "s-2vcpu-4gb",
    egressAllow: [],
    ephemeral: false,
    rebuild: "",
    volumeGb: 25,
    dns: { provider: "none", ttl: 300 },
    adminCidrs: ["198.18.7.7/32"],
    sshPublicKey: "ssh-ed25519 AAAAC3Nz operator",
  },
  paas: {
    tier: "paas",
    sessions: 20,
    near: "madrid",
    ephemeral: false,
    dns: { provider: "none", ttl: 300 },
    endpoints: {},
    service: "railway",
    web: "vercel",
    database: "supabase",
    cache: "upstash",
    bucket: "r2",
    browser: "browserbase",
    ...given("paas"),
  },
  fly: {
    tier: "fly",
    sessions: 30,
    regions: ["madrid", "new-york", "singapore"],
    ephemeral: false,
    dns: { provider: "none", ttl: 300 },
    endpoints: {},
    cache: "upstash",
    bucket: "r2",
    browser: "browserbase",
    ...given("fly"),
  },
  kubernetes: {
    tier: "kubernetes",
    sessions: 10,
    domain: "farm.test",
    ephemeral: false,
    dns: { provider: "none", ttl: 300 },
    cluster: "gke",
    region: "europe-southwest1",
    project: "farm-project",
    adminCidrs: ["198.18.7.7/32"],
    autopilot: false,
    apiNodes: 3,
    browserNodes: { min: 3, max: 5 },
    apiReplicas: 3,
    sessionsPerBrowser: 1,
    ha: false,
    database: "cloud",
    cache: "cloud",
    redisCluster: false,
    bucket: "cloud",
    browser: "own",
    edge: "traefik",
    has: [],
    monitoring: false,
    image: JSON.parse(minimum.kubernetes.image),
  },
} satisfies { readonly [T in Tier]: object };

const tiers = Object.keys(minimum) as Tier[];
const digest = `sha256:${"0".repeat(64)}`;
const image = { app: `registry.test/app@${digest}`, web: `registry.test/web@${digest}` };

test("the minimum of every tier is known here", () => {
  expect(schema.options.map(({ shape }) => shape.tier.value)).toEqual(tiers);
});

describe.each(tiers)("tier %s", (tier) => {
  test("takes its minimum and gives its defaults", () => {
    expect(parseConfig(rawOf(minimum[tier]))).toEqual({ ...defaults[tier], waive: [], secrets: [] });
  });

  test("asks for nothing that its minimum leaves out, and for all that is in it", () => {
    for (const name of Object.keys(minimum[tier])) {
      // Of the accounts each that is needed.
      const problems = problemsOf(rawOf(minimum[tier], { [name]: undefined }));
      expect(problems).not.toEqual([]);
      for (const problem of problems)
        expect(problem).toMatch(new RegExp(`^testfarm:${name}(\\.\\w+)?: missing; `));
    }
  });

  test("gives a value that nobody can change, at any depth", () => {
    const config = parseConfig(rawOf(minimum[tier], { image: JSON.stringify(image) }, []));
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
    const change = { domain: "testfarm.example.com", image: JSON.stringify(image), sessions: "4" };
    expect(parseConfig(rawOf(minimum[tier], change))).toMatchObject({
      domain: "testfarm.example.com",
      image,
      sessions: 4,
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

test("a domain is told in lower case, as browsers send it and DNS answers", () => {
  expect(parseConfig(rawOf(minimum.vps, { domain: "TestFarm.Example.com" }))).toMatchObject({
    domain: "testfarm.example.com",
  });
});

const withRecords = (dns: object, domain = "testfarm.example.com") =>
  parseConfig(rawOf(minimum.vps, { domain, dns: JSON.stringify(dns) }));

describe("who makes the record of the domain", () => {
  const zone = "0123456789abcdef0123456789abcdef";

  test.each([
    { provider: "none" },
    { provider: "cloudflare", zone },
    { provider: "digitalocean", zone: "example.com" },
  ])("is %j, with a TTL of 300 seconds where none is set", (dns) => {
    expect(withRecords(dns)).toMatchObject({ dns: { ...dns, ttl: 300 } });
  });

  test.each([
    { provider: "none", ttl: 0 },
    { provider: "cloudflare", zone, ttl: 1 },
    { provider: "cloudflare", zone, ttl: 60 },
    { provider: "cloudflare", zone, ttl: 86_400 },
    { provider: "digitalocean", zone: "example.com", ttl: 30 },
  ])("takes the least and the most that there is: %j", (dns) => {
    expect(withRecords(dns)).toMatchObject({ dns });
  });

  test("can be DigitalOcean in the domain's own zone, and in one above, in any case of letters", () => {
    for (const name of ["testfarm.example.com", "example.com", "EXAMPLE.com"]) {
      const dns = { provider: "digitalocean", zone: name.toLowerCase() };
      expect(withRecords({ ...dns, zone: name }, "Testfarm.example.com")).toMatchObject({ dns });
    }
  });
});

test("a text that looks like a number stays a text", () => {
  expect(parseConfig(rawOf(minimum.vps, { rebuild: "1e3" }))).toMatchObject({ rebuild: "1e3" });
});

describe("which server, and where", () => {
  test.each([
    [{}, { region: "fra1", size: "s-2vcpu-4gb" }],
    [{ provider: "hetzner" }, { region: "nbg1", size: "cx23" }],
    [{ provider: "vultr" }, { region: "mad", size: "vc2-2c-4gb" }],
    [{ provider: "linode" }, { region: "es-mad", size: "g6-standard-2" }],
    [
      { near: "singapore", size: "medium" },
      { region: "sgp1", size: "s-4vcpu-8gb" },
    ],
    [
      { region: "lon1", size: "large" },
      { region: "lon1", size: "s-8vcpu-16gb" },
    ],
    [
      { provider: "hetzner", near: "new-york", size: "small" },
      { region: "ash", size: "cpx21" },
    ],
    [
      { provider: "hetzner", region: "hil", size: "ccx13" },
      { region: "hil", size: "ccx13" },
    ],
  ])("%j is %j by the provider's own names", (settings, own) => {
    expect(parseConfig(rawOf(minimum.vps, settings))).toMatchObject(own);
  });

  test("a stack that may go says so with a flag", () => {
    expect(parseConfig(rawOf(minimum.vps, { ephemeral: "true" }))).toMatchObject({ ephemeral: true });
    expect(parseConfig(rawOf(minimum.local, { ephemeral: "true" }))).toMatchObject({ ephemeral: true });
  });
});

test.each([
  ["mvp", "vps"],
  ["validation", "paas"],
  ["growth", "fly"],
  ["scale", "kubernetes"],
])("the repository's own Pulumi.%s.yaml is a stack of tier %s", (stack, tier) => {
  expect(parseConfig(readStackFile(`Pulumi.${stack}.yaml`, "testfarm")).tier).toBe(tier);
});
