import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { leftovers, removeFile, writeScratch } from "../../../../infra/promotion/drill/scratch.ts";
import { readStackFile } from "../../../../infra/config/file.ts";
import { parseConfig } from "../../../../infra/config/parse.ts";
import type { Project } from "../../../../infra/plan/project.ts";
import { atEnd } from "../../../support/at-end.ts";

let project: Project;
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-scratch-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  project = { directory, name: "testfarm", main: "index.ts" };
});

const pathOf = (stack: string) => join(project.directory, `Pulumi.${stack}.yaml`);
const secure = { secure: "v1:abc:def" };
const backup = {
  "testfarm:backup": { bucket: "backups", region: "eu-west-1" },
  "testfarm:backupAccessKeyId": secure,
  "testfarm:backupSecretAccessKey": secure,
};

/** Writes the file of a stack, and a scratch stack's like it. */
async function scratchOf(stack: string, settings: object, more: object = {}) {
  writeFileSync(pathOf(stack), stringify({ ...more, config: settings }));
  const scratch = await writeScratch(project, "old", stack);
  const { config } = parse(readFileSync(pathOf(scratch.name), "utf8")) as { config: object };
  return { ...scratch, config };
}

test("a server is made anew under a name of its own, all of it may go, and it makes no backups", async () => {
  const kept = {
    "testfarm:tier": "vps",
    "testfarm:adminCidrs": ["203.0.113.7/32"],
    "testfarm:sshPublicKey": "ssh-ed25519 AAAA example",
  };
  const own = {
    "testfarm:domain": "farm.example.com",
    "testfarm:dns": { provider: "digitalocean", zone: "example.com" },
    "testfarm:hostKey": "ssh-ed25519 AAAA",
    ...backup,
  };
  const secrets = { "testfarm:anthropicApiKey": secure, "digitalocean:token": secure };
  const made = await scratchOf("mvp", { ...kept, ...own, ...secrets }, { secretsprovider: "awskms://key" });
  expect(made).toMatchObject({
    name: expect.stringMatching(/^mvp-drill-[\da-f]{6}$/) as string,
    secretsProvider: "awskms://key",
    secrets: ["testfarm:anthropicApiKey", "digitalocean:token"],
  });
  expect(made.config).toEqual({ "drill:source": "old", ...kept, "testfarm:ephemeral": true });
});

test("on this machine's engine its page has another port", async () => {
  const { name, config } = await scratchOf("local", {
    tier: "local",
    "testfarm:config:sessions": 2,
    httpsPort: 443,
  });
  const { tier, httpsPort, sessions, ephemeral } = parseConfig(
    readStackFile(pathOf(name), "testfarm"),
  ) as unknown as Record<string, unknown>;
  expect({ tier, sessions, ephemeral }).toEqual({ tier: "local", sessions: 2, ephemeral: true });
  expect(httpsPort).not.toBe(443);
  expect(Object.keys(config)).toHaveLength(5);
});

const digest = `@sha256:${"0".repeat(64)}`;
const scale = {
  "testfarm:tier": "kubernetes",
  "testfarm:project": "example-project",
  "testfarm:domain": "farm.example.com",
  "testfarm:adminCidrs": ["203.0.113.7/32"],
  "testfarm:image": { app: `a${digest}`, web: `b${digest}` },
};

test("a cluster, which is known by a name only, has one below that of its stack", async () => {
  const { name, config } = await scratchOf("scale", scale);
  expect(config).toMatchObject({ "testfarm:domain": `${name}.farm.example.com` });
});

test.each([
  [{ "testfarm:cache": "external", "testfarm:redisUrl": secure }, "cache: external"],
  [{ "testfarm:externalSecrets": { store: "vault" } }, "externalSecrets"],
  [
    {
      "testfarm:cluster": "existing",
      "testfarm:context": "lab",
      "testfarm:project": undefined,
      "testfarm:adminCidrs": undefined,
    },
    "cluster: existing",
  ],
])("with %j nothing is made, since both would share it", async (settings, shared) => {
  await expect(scratchOf("scale", { ...scale, ...settings })).rejects.toThrow(
    `Pulumi.scale.yaml: ${shared} would be the scratch stack's too, and a drill replaces what is there.`,
  );
  expect(leftovers(project, "old")).toEqual([]);
});

test("what a killed drill has left is found by what it was of, and by nothing else", async () => {
  const { name } = await scratchOf("local", { "testfarm:tier": "local" });
  writeFileSync(pathOf("other-drill-1a2b3c"), stringify({ config: { "testfarm:tier": "local" } }));
  expect(leftovers(project, "local")).toEqual([]);
  expect(leftovers(project, "old")).toEqual([name]);
  await removeFile(project, name);
  expect(leftovers(project, "old")).toEqual([]);
});
