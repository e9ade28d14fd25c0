import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = process.cwd();
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
};
const pinned = (name: string): string => `${name}@${manifest.devDependencies[name]}`;

let work: string;
let project: string;
const run = (cwd: string, command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "testfarm-package-"));
  const [source, packed] = [join(work, "source"), join(work, "packed")];
  project = join(work, "project");
  for (const directory of [source, packed, project]) mkdirSync(directory);
  run(root, "npx", "tsc", "-p", "tsconfig.build.json", "--outDir", join(source, "dist"));
  const plugin = "components/provider/pulumi-resource-testfarm";
  cpSync(join(root, plugin), join(source, "dist", plugin));
  for (const file of ["package.json", "README.md", "LICENSE"]) cpSync(join(root, file), join(source, file));
  run(source, "npm", "pack", "--pack-destination", packed);
  const archive = join(packed, readdirSync(packed)[0] ?? "");
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  run(
    project,
    "npm",
    "install",
    "--ignore-scripts",
    "--prefer-offline",
    archive,
    ...["@pulumi/pulumi", "@pulumi/digitalocean", "typescript", "@types/node"].map(pinned),
  );
}, 300_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the package holds the library and nothing of the application", () => {
  const files = run(join(project, "node_modules/testfarm"), "find", ".", "-type", "f").trim().split("\n");
  const foreign = files.filter(
    (file) =>
      !/^\.\/(package\.json|README\.md|LICENSE|dist\/(infra|components|stacks)\/|dist\/app\/env[./])/.test(
        file,
      ),
  );
  expect(foreign).toEqual([]);
  expect(files.length).toBeGreaterThan(10);
});

/** What a user writes: a program of the package's components, and tests of it with the package's helper. */
const consumer = `
import * as pulumi from "@pulumi/pulumi";
import { DockerHost } from "testfarm/components/docker-host/docker-host";
import { hosts } from "testfarm/components/host/index";
import { sshOptions } from "testfarm/components/ssh";
import { canariesInClear, recordProgram, resourceOf, Secret } from "testfarm/testing";

const canary = "canary-password";
const recording = await recordProgram(async () => {
  const host = await hosts.digitalocean("host", {
    label: "shop-prod",
    region: "ams3",
    size: "s-4vcpu-8gb",
    volumeGb: 50,
    adminCidrs: ["198.18.7.7/32"],
    sshPublicKey: "ssh-ed25519 AAAA operator",
  });
  const password = pulumi.secret(canary);
  const variables = { api: {}, worker: {}, browser: {}, egress: {}, migrate: {} };
  new DockerHost("docker-host", {
    label: "shop-prod",
    engine: {
      target: pulumi.interpolate\`\${host.user}@\${host.address}\`,
      sshOptions: pulumi.all([host.address, host.hostKey]).apply(([at, key]) => sshOptions(at, key)),
      ready: host.ready,
    },
    dataDirectory: host.dataDirectory,
    site: "shop.example.com",
    certificate: "acme",
    httpsPort: 443,
    ephemeral: false,
    sessions: 10,
    images: { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" },
    passwords: { databaseOwner: password, cache: password },
    variables: { ...variables, api: { DATABASE_URL: pulumi.interpolate\`postgres://app:\${password}@db/shop\` } },
  });
  return { address: host.address };
});
const api = resourceOf(recording, "docker:index/container:Container", "shop-prod-api");
const [line] = api.inputs["envs"] as unknown[];
console.log(
  JSON.stringify({
    droplet: resourceOf(recording, "digitalocean:index/droplet:Droplet").inputs["size"],
    protected: recording.resources.filter(({ protect }) => protect).map(({ name }) => name),
    database: line instanceof Secret ? line.reveal() : "in clear",
    inClear: canariesInClear(recording, [canary]),
  }),
);
`;

test("its components run under mocks in a project of their own, with types and with its helper for tests", () => {
  writeFileSync(join(project, "consumer.ts"), consumer);
  const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck"];
  run(project, "npx", "tsc", ...options, "--types", "node", "consumer.ts");
  expect(JSON.parse(run(project, "node", "consumer.js"))).toEqual({
    droplet: "s-4vcpu-8gb",
    protected: expect.arrayContaining(["host-volume", "host-ip"]) as string[],
    database: "DATABASE_URL=postgres://app:canary-password@db/shop",
    inClear: [],
  });
}, 60_000);

test("its provider starts as the engine starts it, and says where it listens", async () => {
  const plugin = join(project, "node_modules/testfarm/dist/components/provider/pulumi-resource-testfarm");
  const provider = spawn(plugin, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(provider.stdout, "data")) as [Buffer];
  provider.kill();
  expect(line.toString()).toMatch(/^\d+\n$/);
});

test("a stack that would build images asks for images, since the package has no sources to build", () => {
  const program = `
import program from "testfarm/stacks/index";
import { recordProgram } from "testfarm/testing";
const config = {
  "testfarm:tier": "vps",
  "testfarm:adminCidrs": '["198.18.7.7/32"]',
  "testfarm:sshPublicKey": "ssh-ed25519 AAAA operator",
};
await recordProgram(program, { stack: "mvp", config }).catch((error) => console.log(error.message));
`;
  writeFileSync(join(project, "stack.js"), program);
  expect(run(project, "node", "stack.js")).toMatch(
    /^Pulumi\.mvp\.yaml has 1 error:\n {2}testfarm:image: missing; .* has no Dockerfile .* name two images/,
  );
});
