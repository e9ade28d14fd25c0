import { RunError } from "@pulumi/pulumi/errors.js";
import { describe, expect, test } from "vitest";
import { secretNames } from "../../../infra/config/schema.ts";
import { errorOf, minimum, problemsOf, rawOf, type Settings } from "./stack.ts";

const tiers = "local, vps, paas, fly or kubernetes";
const sessions = "must be a whole number from 1 to 500";
const region = "must be a region by the provider's own name, such as fra1";
const size = "must be a size by the provider's own name, such as s-2vcpu-4gb";
const domain = "must be a host name without a scheme, such as testfarm.example.com";
const ranges = "must be a list of the address ranges that may use SSH, for example 203.0.113.7/32";
const range = "must be an address range such as 203.0.113.7/32";
const everybody = "would open SSH to everybody; name your own address, for example 203.0.113.7/32";
const publicKey = "must be the content of a public key file such as ~/.ssh/id_ed25519.pub";
const app = "must be an image such as registry.example.com/testfarm:1.2.3";
const web = "must be an image such as registry.example.com/testfarm-web:1.2.3";

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
  ["two other tiers' setting", { browser: "own" }, "browser: is a setting of tier paas and fly, not of vps; remove it"],
  ["a setting without a value", { sessions: "null" }, "sessions: has no value; give it one or remove it"],
  ["a provider not offered", { provider: "ovh" }, 'provider: "ovh" is not offered on tier vps; use digitalocean'],
  ["a word for a number", { sessions: "many" }, `sessions: "many" ${sessions}`],
  ["a number too small", { sessions: "0" }, `sessions: 0 ${sessions}`],
  ["a number too large", { sessions: "501" }, `sessions: 501 ${sessions}`],
  ["a number with a fraction", { sessions: "2.5" }, `sessions: 2.5 ${sessions}`],
  ["a number in two pairs of quotes", { sessions: '"5"' }, `sessions: "5" ${sessions}`],
  ["a list for a number", { sessions: "[5]" }, `sessions: [5] ${sessions}`],
  ["nothing for a number", { sessions: "" }, `sessions: "" ${sessions}`],
  ["a disk too small", { volumeGb: "9" }, "volumeGb: 9 must be a whole number from 10 to 16384"],
  ["an empty region", { region: "" }, `region: "" ${region}`],
  ["an empty size", { size: "" }, `size: "" ${size}`],
  ["a domain with a scheme", { domain: "https://a.test" }, `domain: "https://a.test" ${domain}`],
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
  ["two public keys", { sshPublicKey: "ssh-rsa A a\nssh-rsa A b" }, `sshPublicKey: "ssh-rsa A a\\nssh-rsa A b" ${publicKey}`],
  ["one image of two", { image: '{"app":"a:1"}' }, `image.web: missing; it ${web}`],
  ["an empty image", { image: '{"app":"","web":"b:1"}' }, `image.app: "" ${app}`],
  ["a mistyped image", { image: '{"app":"a","web":"b","wep":"c"}' }, 'image: {"app":"a","web":"b","wep":"c"} has no setting wep (did you mean web?)'],
  ["a project without its key", { browserbaseProjectId: "p" }, "browserbaseApiKey: missing; testfarm:browserbaseProjectId is of use only with it: pulumi config set --secret testfarm:browserbaseApiKey"],
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
    'regions[0]: "paris" is not offered on tier fly; use madrid, new-york or singapore',
  ],
  ["fly", { regions: "[]" }, "regions: [] needs at least one city, for example madrid"],
  [
    "kubernetes",
    { cluster: "k3s" },
    'cluster: "k3s" is not offered on tier kubernetes; use gke, eks, aks, doks or existing',
  ],
  ["local", { port: "65536" }, "port: 65536 must be a whole number from 1 to 65535"],
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
