import { RunError } from "@pulumi/pulumi/errors.js";
import { describe, expect, test } from "vitest";
import { secretNames } from "../../../infra/config/secrets.ts";
import { errorOf, minimum, problemsOf, rawOf, type Settings } from "./stack.ts";

const tiers = "local, vps, paas, fly or kubernetes";
const sessions = "must be a whole number from 1 to 500";
const cities = "madrid, frankfurt, new-york or singapore";
const region =
  "is not a region of digitalocean; use ams3, blr1, fra1, lon1, nyc1, nyc3, sfo2, sfo3, sgp1, syd1, tor1, or a city in testfarm:near instead";
const sizes = (own: string) => `use small, medium, large, ${own}`;
const droplets = sizes(
  "s-2vcpu-4gb, s-2vcpu-4gb-amd, s-2vcpu-4gb-intel, s-4vcpu-8gb, s-4vcpu-8gb-amd, s-4vcpu-8gb-intel, s-8vcpu-16gb, s-8vcpu-16gb-amd, s-8vcpu-16gb-intel, g-2vcpu-8gb, g-4vcpu-16gb, g-8vcpu-32gb, m6-32vcpu-256gb",
);
const vultrs = sizes(
  "vc2-2c-4gb, vc2-4c-8gb, vc2-6c-16gb, vc2-8c-32gb, vhf-2c-4gb, vhf-3c-8gb, vhf-4c-16gb, vhp-2c-4gb-amd, vhp-4c-8gb-amd, vhp-8c-16gb-amd",
);
const inAshburn = sizes("cpx21, cpx31, cpx41, ccx13, ccx23, ccx33");
const least = "and the application needs at least 2 and 4 GB";
const domain = "must be a host name without a scheme, such as testfarm.example.com";
const named = "testfarm.example.com";
const dnsProviders = "must be none, cloudflare or digitalocean";
const zoneId = "must be the id of a zone at Cloudflare, 32 hexadecimal digits, not its name";
const zoneName = "must be the name of a domain at DigitalOcean, such as example.com";
const cloudflareTtl = "must be 1 (automatic) or a whole number from 60 to 86400";
const hexadecimal = "0123456789abcdef".repeat(2);
const cloudflare = (ttl: string): Settings => ({
  domain: named,
  dns: `{"provider":"cloudflare","zone":"${hexadecimal}","ttl":${ttl}}`,
});
const digitalocean = (zone: string, more = ""): Settings => ({
  domain: named,
  dns: `{"provider":"digitalocean","zone":"${zone}"${more}}`,
});
const ranges = "must be a list of the address ranges that may use SSH, for example 203.0.113.7/32";
const range = "must be an address range such as 203.0.113.7/32";
const everybody = "would open SSH to everybody; name your own address, for example 203.0.113.7/32";
const publicKey = "must be the content of a public key file such as ~/.ssh/id_ed25519.pub";
const app = "must be an image such as registry.example.com/testfarm:1.2.3";
const web = "must be an image such as registry.example.com/testfarm-web:1.2.3";

const pinned = `ghcr.io/acme/testfarm@sha256:${"0".repeat(64)}`;
const pinnedApp =
  "must be an image with its digest, as docker push prints it: ghcr.io/acme/testfarm@sha256:...";
const pinnedWeb =
  "must be an image with its digest, as docker push prints it: ghcr.io/acme/testfarm-web@sha256:...";
const withRender = JSON.stringify({ ...JSON.parse(minimum.paas.accounts), render: "tea-acme" });

/** One mistake each in a stack that is right otherwise: what it is, the change, and the error's only line. */
// prettier-ignore
const mistakes: readonly (readonly [string, Settings, string])[] = [
  ["no tier", { tier: undefined }, `tier: missing; choose ${tiers}, for example: pulumi config set testfarm:tier vps`],
  ["a mistyped tier", { tier: "vsp" }, `tier: "vsp" is not a tier; use ${tiers}`],
  ["a tier without a value", { tier: "null" }, `tier: "null" is not a tier; use ${tiers}`],
  ["a method's name for a tier", { tier: "toString" }, `tier: "toString" is not a tier; use ${tiers}`],
  ["a mistyped setting", { sesions: "3" }, "sesions: is not a setting of tier vps; did you mean testfarm:sessions?"],
  ["a mistyped secret", { anthropicApikey: "x" }, "anthropicApikey: is not a setting of tier vps; did you mean testfarm:anthropicApiKey?"],
  ["a method's name for a setting", { toString: "x" }, "toString: is not a setting of tier vps; did you mean testfarm:domain?"],
  ["another tier's setting", { cluster: "gke" }, "cluster: is a setting of tier kubernetes, not of vps; remove it"],
  ["two other tiers' setting", { browser: "own" }, "browser: is a setting of tier paas, fly and kubernetes, not of vps; remove it"],
  ["a setting without a value", { sessions: "null" }, "sessions: has no value; give it one or remove it"],
  ["a provider not offered", { provider: "ovh" }, 'provider: "ovh" is not offered on tier vps; use digitalocean, hetzner, vultr or linode'],
  ["a word for a number", { sessions: "many" }, `sessions: "many" ${sessions}`],
  ["a number too small", { sessions: "0" }, `sessions: 0 ${sessions}`],
  ["a number too large", { sessions: "501" }, `sessions: 501 ${sessions}`],
  ["more sessions than the default size has memory for", { sessions: "6" }, "sessions: 6 is more than fits: s-2vcpu-4gb has 4 GB of memory, room for 5; lower it or raise testfarm:size"],
  ["more sessions than a large size has memory for", { provider: "hetzner", size: "large", sessions: "35" }, "sessions: 35 is more than fits: cx43 has 16 GB of memory, room for 34; lower it or raise testfarm:size"],
  ["a number with a fraction", { sessions: "2.5" }, `sessions: 2.5 ${sessions}`],
  ["a number in two pairs of quotes", { sessions: '"5"' }, `sessions: "5" ${sessions}`],
  ["a list for a number", { sessions: "[5]" }, `sessions: [5] ${sessions}`],
  ["nothing for a number", { sessions: "" }, `sessions: "" ${sessions}`],
  ["a disk too small", { volumeGb: "9" }, "volumeGb: 9 must be a whole number from 10 to 16384"],
  ["an empty region", { region: "" }, `region: "" ${region}`],
  ["another provider's region", { region: "fsn1" }, `region: "fsn1" ${region}`],
  ["a city for a region", { region: "madrid" }, `region: "madrid" ${region}`],
  ["a city that is not offered", { near: "paris" }, `near: "paris" is not offered on tier vps; use ${cities}`],
  ["a city and a region", { near: "madrid", region: "fra1" }, 'near: "madrid" is one place and testfarm:region another; remove one of the two'],
  ["an empty size", { size: "" }, `size: "" is not a size of digitalocean; ${droplets}`],
  ["another provider's size", { size: "cx23" }, `size: "cx23" is not a size of digitalocean; ${droplets}`],
  ["a method's name for a size", { size: "toString" }, `size: "toString" is not a size of digitalocean; ${droplets}`],
  ["a size with too little memory", { size: "s-2vcpu-2gb" }, `size: "s-2vcpu-2gb" has 2 vCPU and 2 GB, ${least}; ${droplets}`],
  ["a size with one processor", { provider: "vultr", size: "voc-g-1c-4gb-30s-amd" }, `size: "voc-g-1c-4gb-30s-amd" has 1 vCPU and 4 GB, ${least}; ${vultrs}`],
  ["a size that the region has not", { provider: "hetzner", near: "new-york", size: "cx23" }, `size: "cx23" is not offered by hetzner in region ash; ${inAshburn}`],
  ["a word for a flag", { ephemeral: "yes" }, 'ephemeral: "yes" must be true or false'],
  ["an empty word for a rebuild", { rebuild: "" }, 'rebuild: "" must be a word of your choice, such as 2026-11-25'],
  ["a domain with a scheme", { domain: "https://a.test" }, `domain: "https://a.test" ${domain}`],
  ["a domain with a dot behind it", { domain: "a.test." }, `domain: "a.test." ${domain}`],
  ["records without a domain", { dns: `{"provider":"cloudflare","zone":"${hexadecimal}"}` }, "domain: missing; testfarm:dns is of use only with it: pulumi config set testfarm:domain testfarm.example.com"],
  ["records by hand without a domain", { dns: '{"provider":"none"}' }, "domain: missing; testfarm:dns is of use only with it: pulumi config set testfarm:domain testfarm.example.com"],
  ["a provider's name for all of the records", { domain: named, dns: "cloudflare" }, 'dns: "cloudflare" must name a provider with its zone, such as provider: digitalocean and zone: example.com'],
  ["records of nobody", { domain: named, dns: '{"zone":"example.com"}' }, `dns.provider: missing; it ${dnsProviders}`],
  ["a provider of records not offered", { domain: named, dns: '{"provider":"route53"}' }, `dns.provider: "route53" ${dnsProviders}`],
  ["a method's name for a provider of records", { domain: named, dns: '{"provider":"toString"}' }, `dns.provider: "toString" ${dnsProviders}`],
  ["no zone at Cloudflare", { domain: named, dns: '{"provider":"cloudflare"}' }, `dns.zone: missing; it ${zoneId}`],
  ["a name for a zone's id", { domain: named, dns: '{"provider":"cloudflare","zone":"example.com"}' }, `dns.zone: "example.com" ${zoneId}`],
  ["no zone at DigitalOcean", { domain: named, dns: '{"provider":"digitalocean"}' }, `dns.zone: missing; it ${zoneName}`],
  ["a zone with a scheme", digitalocean("https://a.test"), `dns.zone: "https://a.test" ${zoneName}`],
  ["a zone by hand", { domain: named, dns: '{"provider":"none","zone":"example.com"}' }, 'dns.zone: "example.com" is of use only to cloudflare and digitalocean; name one, or remove it'],
  ["standby by a word", digitalocean("example.com", ',"standby":"yes"'), 'dns.standby: "yes" must be true or false'],
  ["a mistyped setting of records", digitalocean("example.com", ',"tll":60'), 'dns: {"provider":"digitalocean","zone":"ex... has no setting tll (did you mean ttl?)'],
  ["a domain in another zone", digitalocean("example.org"), 'dns.zone: "example.org" does not hold testfarm.example.com, testfarm:domain; name the zone that does'],
  ["a zone that ends like the domain's", digitalocean("ample.com"), 'dns.zone: "ample.com" does not hold testfarm.example.com, testfarm:domain; name the zone that does'],
  ["a zone within the domain", digitalocean("a.testfarm.example.com"), 'dns.zone: "a.testfarm.example.com" does not hold testfarm.example.com, testfarm:domain; name the zone that does'],
  ["a TTL too short for Cloudflare", cloudflare("59"), `dns.ttl: 59 ${cloudflareTtl}`],
  ["a TTL too long for Cloudflare", cloudflare("86401"), `dns.ttl: 86401 ${cloudflareTtl}`],
  ["a TTL with its unit", cloudflare('"5m"'), `dns.ttl: "5m" ${cloudflareTtl}`],
  ["a TTL too short for DigitalOcean", digitalocean("example.com", ',"ttl":29'), "dns.ttl: 29 must be a whole number from 30 to 2147483647"],
  ["a TTL below zero by hand", { domain: named, dns: '{"provider":"none","ttl":-1}' }, "dns.ttl: -1 must be a whole number from 0 to 2147483647"],
  ["a name for an e-mail address", { ownerEmail: "owner" }, 'ownerEmail: "owner" must be an e-mail address'],
  ["no ranges", { adminCidrs: undefined }, `adminCidrs: missing; it ${ranges}`],
  ["an empty list of ranges", { adminCidrs: "[]" }, "adminCidrs: [] needs at least one range, for example 203.0.113.7/32 for a single address"],
  ["a range outside a list", { adminCidrs: "198.18.7.7/32" }, `adminCidrs: "198.18.7.7/32" ${ranges}`],
  ["an address for a range", { adminCidrs: '["::1/128","198.18.7.8"]' }, `adminCidrs[1]: "198.18.7.8" ${range}`],
  ["a number for a range", { adminCidrs: "[7]" }, `adminCidrs[0]: 7 ${range}`],
  ["SSH open to IPv4", { adminCidrs: '["0.0.0.0/0"]' }, `adminCidrs[0]: "0.0.0.0/0" ${everybody}`],
  ["SSH open to IPv6", { adminCidrs: '["::1/128","::/0"]' }, `adminCidrs[1]: "::/0" ${everybody}`],
  ["SSH open in another spelling", { adminCidrs: '["198.18.7.7/0"]' }, `adminCidrs[0]: "198.18.7.7/0" ${everybody}`],
  ["no public key", { sshPublicKey: undefined }, `sshPublicKey: missing; it ${publicKey}`],
  ["a path for a public key", { sshPublicKey: "~/id.pub" }, `sshPublicKey: "~/id.pub" ${publicKey}`],
  ["a host key of another kind", { hostKey: "ssh-rsa AAAA" }, 'hostKey: "ssh-rsa AAAA" must be an Ed25519 key as ssh-keyscan prints it, ssh-ed25519 AAAA..., without the address'],
  ["two public keys", { sshPublicKey: "ssh-rsa A a\nssh-rsa A b" }, `sshPublicKey: "ssh-rsa A a\\nssh-rsa A b" ${publicKey}`],
  ["one image of two", { image: '{"app":"a:1"}' }, `image.web: missing; it ${web}`],
  ["an empty image", { image: '{"app":"","web":"b:1"}' }, `image.app: "" ${app}`],
  ["a mistyped image", { image: '{"app":"a","web":"b","wep":"c"}' }, 'image: {"app":"a","web":"b","wep":"c"} has no setting wep (did you mean web?)'],
  ["a project without its key", { browserbaseProjectId: "p" }, "browserbaseApiKey: missing; testfarm:browserbaseProjectId is of use only with it: pulumi config set --secret testfarm:browserbaseApiKey"],
  ["a rule that there is not", { waive: '[{"rule":"ssh-open-world","reason":"x"}]' }, 'waive[0].rule: "ssh-open-world" is not a rule; did you mean ssh-open-to-world?'],
  ["a method's name for a rule", { waive: '[{"rule":"toString","reason":"x"}]' }, 'waive[0].rule: "toString" is not a rule; did you mean cluster-weak?'],
  ["a number for a rule", { waive: '[{"rule":7,"reason":"x"}]' }, "waive[0].rule: 7 must be the id of a rule in docs/policy.md"],
  ["a waiver without a rule", { waive: '[{"reason":"x"}]' }, "waive[0].rule: missing; it must be the id of a rule in docs/policy.md"],
  ["a waiver without a reason", { waive: '[{"rule":"memory-unlimited"}]' }, "waive[0].reason: missing; it must say why the rule may be broken here"],
  ["an empty reason", { waive: '[{"rule":"memory-unlimited","reason":" "}]' }, 'waive[0].reason: " " must say why the rule may be broken here'],
  ["a rule's id for a waiver", { waive: '["memory-unlimited"]' }, 'waive[0]: "memory-unlimited" must name a rule and a reason'],
  ["one waiver outside a list", { waive: '{"rule":"memory-unlimited","reason":"x"}' }, 'waive: {"rule":"memory-unlimited","reason":"x"} must be a list of rules, each with a reason'],
  ["one image for both", { image: "a:1" }, 'image: "a:1" must name two images, app and web'],
];

test.each(mistakes)(
  "%s is an error that says where, what was given, what is allowed, and the fix",
  (_, change, line) => {
    expect(problemsOf(rawOf(minimum.vps, change))).toEqual([`testfarm:${line}`]);
  },
);

test.each([
  [
    "paas",
    { database: "mysql" },
    'database: "mysql" is not offered on tier paas; use supabase, neon or platform',
  ],
  [
    "fly",
    { regions: '["paris"]' },
    'regions[0]: "paris" is not offered on tier fly; use madrid, frankfurt, new-york or singapore',
  ],
  ["fly", { regions: "[]" }, "regions: [] needs at least one city, for example madrid"],
  [
    "fly",
    { regions: '["frankfurt","madrid"]' },
    'regions: ["frankfurt","madrid"] has two cities with the same region at Fly.io; name one of the two',
  ],
  [
    "fly",
    { registryUsername: "puller" },
    "registryUsername: is a setting of tier local, vps, paas and kubernetes, not of fly; remove it",
  ],
  ["fly", { image: `{"app":"${pinned}"}` }, `image.web: missing; it ${pinnedWeb}`],
  [
    "paas",
    { image: '{"app":"ghcr.io/acme/testfarm:1"}' },
    `image.app: "ghcr.io/acme/testfarm:1" ${pinnedApp}`,
  ],
  [
    "paas",
    { web: "platform" },
    "image.web: missing; the platform serves the page from it; name its image, or choose another web",
  ],
  [
    "paas",
    { service: "render", accounts: withRender, bucket: "platform" },
    'bucket: "platform" is not offered by Render; use r2',
  ],
  [
    "paas",
    { service: "render" },
    "accounts.render: missing; Render is chosen; give it the id of a workspace, tea-... or usr-..., as its settings at https://dashboard.render.com show it",
  ],
  [
    "paas",
    { web: "netlify" },
    "accounts.netlify: missing; Netlify is chosen; give it the slug of a team, as in https://app.netlify.com/teams/<slug>",
  ],
  [
    "paas",
    { accounts: withRender.replace("tea-acme", "acme") },
    'accounts.render: "acme" must be the id of a workspace, tea-... or usr-..., as its settings at https://dashboard.render.com show it',
  ],
  [
    "paas",
    { accounts: withRender.replace("render", "rendr") },
    'accounts: {"cloudflare":"0123456789abcdef012345... has no setting rendr (did you mean render?)',
  ],
  [
    "paas",
    { accounts: "acme" },
    'accounts: "acme" must be a mapping of companies to accounts, such as upstash: me@example.com',
  ],
  [
    "paas",
    { endpoints: '{"railway":"gateway"}' },
    'endpoints.railway: "gateway" must be an address such as https://gateway.example.com',
  ],
  [
    "paas",
    { browserbaseProjectId: undefined },
    "browserbaseProjectId: missing; give it the id of a project, as Browserbase's dashboard shows it, or set testfarm:browser to own",
  ],
  [
    "paas",
    { browser: "own" },
    "browserbaseProjectId: is of use only to browser: browserbase; set testfarm:browser to it, or remove this",
  ],
  [
    "kubernetes",
    { cluster: "k3s" },
    'cluster: "k3s" is not offered on tier kubernetes; use gke, eks, aks, doks or existing',
  ],
  ["local", { httpsPort: "65536" }, "httpsPort: 65536 must be a whole number from 1 to 65535"],
  [
    "local",
    { socket: "tcp://a" },
    'socket: "tcp://a" must be the path of the Docker engine\'s socket, such as /var/run/docker.sock',
  ],
  ["local", { ephemeral: "1" }, "ephemeral: 1 must be true or false"],
  [
    "local",
    { dns: '{"provider":"none"}' },
    "dns: is a setting of tier vps, paas, fly and kubernetes, not of local; remove it",
  ],
] as const)("tier %s has its own errors: %j", (tier, change, line) => {
  expect(problemsOf(rawOf(minimum[tier], change))).toEqual([`testfarm:${line}`]);
});

test("all that is wrong is said at once, in a message that the engine prints without a stack trace", () => {
  const change = {
    sesions: "3",
    sessions: "x",
    adminCidrs: "[7]",
    sshPublicKey: undefined,
    trelloApiKey: "x",
  };
  const error = errorOf(rawOf(minimum.vps, change));
  expect(RunError.isInstance(error)).toBe(true);
  expect(error.problems.map(({ path }) => path).toSorted()).toEqual([
    "testfarm:adminCidrs[0]",
    "testfarm:sesions",
    "testfarm:sessions",
    "testfarm:sshPublicKey",
    "testfarm:trelloApiKey",
  ]);
  const lines = error.problems.map(({ path, message }) => `  ${path}: ${message}`);
  expect(error.message).toBe(["Pulumi.test.yaml has 5 errors:", ...lines].join("\n"));
});

test("what is wrong with the server is said beside what is wrong elsewhere", () => {
  expect(problemsOf(rawOf(minimum.vps, { sessions: "x", size: "huge" }))).toEqual([
    `testfarm:sessions: "x" ${sessions}`,
    `testfarm:size: "huge" is not a size of digitalocean; ${droplets}`,
  ]);
});

test("a file with one error does not speak of errors", () => {
  expect(errorOf(rawOf(minimum.vps, { size: "" })).message).toMatch(
    /^Pulumi\.test\.yaml has 1 error:\n {2}\S/,
  );
});

test("without a tier the other settings are still compared with those that any tier has", () => {
  expect(problemsOf(rawOf({}, { clutser: "gke", cluster: "gke" }))).toEqual([
    expect.stringMatching(/^testfarm:tier: missing/),
    "testfarm:clutser: is not a setting; did you mean testfarm:cluster?",
  ]);
});

test("settings of other namespaces are none of its business", () => {
  const raw = rawOf(minimum.local);
  const values = { ...raw.values, "digitalocean:token": "x", "aws:region": "eu-central-1" };
  expect(() => problemsOf({ ...raw, values })).toThrow("the configuration was accepted");
});

describe("a value that should not be seen", () => {
  test.each(secretNames)("%s in clear is called leaked, and not told", (name) => {
    const error = errorOf(rawOf(minimum.vps, { [name]: "canary-in-clear" }));
    expect(error.problems).toEqual([
      {
        path: `testfarm:${name}`,
        message: `a secret that stands in clear; treat it as leaked: make a new one, then pulumi config set --secret testfarm:${name}`,
      },
    ]);
    expect(error.message).not.toContain("canary");
  });

  test("a mistyped secret in clear is not told", () => {
    expect(errorOf(rawOf(minimum.vps, { antropicApiKey: "canary-in-clear" })).message).not.toContain(
      "canary",
    );
  });

  test("a setting that is encrypted for nothing is asked for in clear, whatever its content", () => {
    for (const name of ["tier", "region", "sessions", "adminCidrs"]) {
      expect(problemsOf(rawOf(minimum.vps, { [name]: "canary" }, [name]))).toEqual([
        `testfarm:${name}: encrypted, but it is no secret; give it in clear: pulumi config set testfarm:${name} <value>`,
      ]);
    }
  });

  test("of a private key that is pasted for the public one, nothing but its heading is told", () => {
    const body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACB";
    const pasted = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----`;
    const [line] = problemsOf(rawOf(minimum.vps, { sshPublicKey: pasted }));
    expect(line).toMatch(/^testfarm:sshPublicKey: "-----BEGIN OPENSSH PRIVATE KEY-----\S{0,2}\.\.\. must be/);
    expect(line).not.toContain(body.slice(0, 4));
  });

  test("a long value is cut within a list and an object too", () => {
    const long = "x".repeat(100);
    const change = { adminCidrs: JSON.stringify([long]), image: JSON.stringify([long]) };
    expect(problemsOf(rawOf(minimum.vps, change))).toEqual([
      expect.stringMatching(/^testfarm:image: \["x{35}\.\.\. must/),
      expect.stringMatching(/^testfarm:adminCidrs\[0\]: "x{36}\.\.\. must/),
    ]);
  });
});
