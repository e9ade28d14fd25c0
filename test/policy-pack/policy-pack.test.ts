import * as command from "@pulumi/command";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, test } from "vitest";
import type { RecordedResource } from "../../infra/plan/record.ts";
import { parseConfig } from "../../infra/config/parse.ts";
import { violationsOf } from "../../infra/policy/check.ts";
import { ruleIds } from "../../infra/policy/ids.ts";
import type { Circumstances } from "../../infra/policy/rule.ts";
import { recordProgram } from "../../infra/testing/index.ts";
import { policiesFor } from "../../policy-pack/policies.ts";
import { broken, container } from "../infra/policy/broken.ts";
import { PackClient, type Reported } from "./client.ts";

const packs = new Map<string, PackClient>();
afterAll(() => {
  for (const pack of packs.values()) pack.end();
});

/** A stack's settings that make these circumstances. */
function settingsOf({ backup = false, images: [image] = [] }: Partial<Circumstances>) {
  return {
    tier: "vps",
    adminCidrs: ["81.2.69.142/32"],
    sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} operator`,
    ...(image !== undefined && { image: { app: image, web: image } }),
    ...(backup && {
      backup: { bucket: "backups", region: "eu-west-1" },
      backupAccessKeyId: "id",
      backupSecretAccessKey: "secret",
    }),
  };
}

function packFor(settings: Readonly<Record<string, unknown>>): PackClient {
  const key = JSON.stringify(settings);
  const pack = packs.get(key) ?? new PackClient(settings);
  packs.set(key, pack);
  return pack;
}

const recordingOf = (make: () => void) =>
  recordProgram(async () => void make(), {
    respond: ({ type }) =>
      type === "random:index/randomPassword:RandomPassword" ? { state: { result: "canary-generated" } } : {},
  });

/** What the rules say themselves, in the form in which the pack reports it. */
function expected(
  recording: { readonly resources: readonly RecordedResource[] },
  circumstances: Partial<Circumstances>,
): Reported[] {
  const all = { tier: "vps", ephemeral: false, backup: false, images: [], ...circumstances } as const;
  return violationsOf({ ...recording, outputs: {} }, all).map(({ rule, severity, resource, message }) => ({
    rule,
    mandatory: severity === "error",
    key: recording.resources.find(({ type, name }) => `${type} ${name}` === resource)?.key ?? "",
    message,
  }));
}

/** Needs the option `retainOnDelete`, of which the engine tells a pack nothing. */
const unseen = "a volume of the engine that is not kept";

describe.each(ruleIds)("%s", (id) => {
  test.each(broken[id].filter(({ what }) => what !== unseen))(
    "is reported by the pack as by the plan: $what",
    async ({ make, circumstances = {} }) => {
      const recording = await recordingOf(make);
      const reported = await packFor(settingsOf(circumstances)).violations(recording.resources);
      expect(reported).toEqual(expected(recording, circumstances));
      expect(reported.map(({ rule }) => rule)).toEqual([id]);
    },
  );
});

test("whether a resource is kept when it is deleted is for the plan to say: no pack is told", async () => {
  const [{ make } = { make: () => {} }] = broken["data-not-kept"].filter(({ what }) => what === unseen);
  const recording = await recordingOf(make);
  expect(expected(recording, {})).toHaveLength(1);
  expect(await packFor(settingsOf({})).violations(recording.resources)).toEqual([]);
});

async function harmless(): Promise<void> {
  container("app", { envs: [pulumi.secret("PASSWORD=canary-value")], memory: 64 });
  new hcloud.Firewall("firewall", {
    rules: [{ direction: "in", protocol: "tcp", port: "22", sourceIps: ["198.18.7.7/32"] }],
  });
  const { ipv4Address } = new hcloud.Server("server", { serverType: "cx23" });
  new command.local.Command("call", { environment: { VENDOR_TOKEN: ipv4Address } });
}

test("has nothing against marked secrets, a server behind a firewall, and what is not known yet", async () => {
  const recording = await recordProgram(harmless, { preview: true });
  expect(await packFor(settingsOf({})).violations(recording.resources)).toEqual([]);
});

test("the rules that compare resources say so when the inputs are kept from them", () => {
  const raw = { file: "Pulumi.test.yaml", values: { "testfarm:tier": "local" }, secretKeys: [] };
  const comparing = policiesFor(parseConfig(raw)).filter((policy) => "validateStack" in policy);
  expect(comparing.map(({ name }) => name)).toEqual([
    "secret-in-clear",
    "ssh-open-to-world",
    "namespace-open",
    "disruption-unbounded",
    "bucket-public",
  ]);
  const nothing = {
    resources: [],
    stackTags: new Map(),
    getConfig: () => ({}),
    notApplicable: fail,
  } as never;
  for (const { validateStack } of comparing)
    expect(() => validateStack(nothing, fail)).toThrow("marked-inputs is turned off; leave it at remediate");
});

function fail(): never {
  throw new Error("must not be called");
}
