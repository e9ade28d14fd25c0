import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { AppEnv } from "../../app/env.ts";
import { describeWith } from "../support/services.ts";
import { openEngine, projectRoot, type Engine, type Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

const minute = 60_000;
/** The contract with the application; a variable added to it and not here does not compile. */
const variables = Object.keys({
  DATABASE_URL: true,
  DATABASE_DIRECT_URL: true,
  DATABASE_ADMIN_URL: true,
  REDIS_URL: true,
  REDIS_CLUSTER: true,
  S3_BUCKET: true,
  S3_REGION: true,
  S3_ENDPOINT: true,
  S3_FORCE_PATH_STYLE: true,
  AWS_ACCESS_KEY_ID: true,
  AWS_SECRET_ACCESS_KEY: true,
  STORAGE_DIR: true,
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_BASE_URL: true,
  TRELLO_API_KEY: true,
  TRELLO_API_SECRET: true,
  BROWSERBASE_API_KEY: true,
  BROWSERBASE_PROJECT_ID: true,
  BROWSER_URL: true,
  BROWSER_TOKEN: true,
  EGRESS_URL: true,
  AUTH_SECRET: true,
  OWNER_EMAIL: true,
  OWNER_BOOTSTRAP_TOKEN: true,
  FRONTEND_URL: true,
  API_BASE_URL: true,
  PORT: true,
  WORKER_CONCURRENCY: true,
  LOG_LEVEL: true,
  NODE_ENV: true,
} satisfies Record<keyof AppEnv, true>);

const modelKey = "sk-ant-0123456789";
const droplet = "digitalocean:index/droplet:Droplet";
const container = "docker:index/container:Container";
const volume = "digitalocean:index/volume:Volume";
const password = "random:index/randomPassword:RandomPassword";
const stack = "pulumi:pulumi:Stack";

interface Preview {
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
  readonly changeSummary: Readonly<Record<string, number>>;
}

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly protect?: boolean;
}

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "stack mvp on the real engine", (cli) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-engine-"));
  const configFile = join(directory, "Pulumi.mvp.yaml");
  const engine: Engine = openEngine(cli, directory);
  afterAll(() => rmSync(directory, { recursive: true }));

  const run = (...args: string[]): Promise<Run> =>
    engine.run([...args, "--stack", "mvp", "--non-interactive"], configFile);
  /** @returns what the command printed; throws when it failed or had anything to warn of. */
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code === 0 && stderr === "" && !/warning:/i.test(stdout)) return stdout;
    throw new Error(`pulumi ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  };
  const change = (...args: string[]): Promise<string> => succeed(...args, "--yes", "--skip-preview");
  const preview = async (...args: string[]): Promise<Preview> =>
    JSON.parse(await succeed("preview", "--json", ...args)) as Preview;
  const existing = (): string[] => urnsOf(engine.world.things());
  const resources = (): readonly StateResource[] => {
    const state = JSON.parse(readFileSync(engine.stateFile("mvp"), "utf8")) as {
      checkpoint: { latest: { resources: StateResource[] } };
    };
    return state.checkpoint.latest.resources;
  };
  /** What the state holds of vendors; the rest are components and provider instances. */
  const made = (): readonly StateResource[] =>
    resources().filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  let planned: string[] = [];

  beforeAll(async () => {
    writeFileSync(configFile, stackFile());
    await engine.createStack("mvp");
    await succeed("config", "set", "--secret", "testfarm:anthropicApiKey", modelKey);
  }, minute);

  test("preview says what would be made, and makes nothing", { timeout: minute }, async () => {
    const { changeSummary, steps } = await preview();
    expect(Object.keys(changeSummary)).toEqual(["create"]);
    expect(steps.map(({ urn }) => typeOf(urn))).toEqual(expect.arrayContaining([droplet, volume, container]));
    expect(existing()).toEqual([]);
    planned = urnsOf(steps);
  });

  test("up makes what preview said, without a warning", { timeout: minute }, async () => {
    await change("up");
    expect(urnsOf(resources()).filter((urn) => !urn.includes("::default_"))).toEqual(planned);
    expect(existing()).toEqual(urnsOf(made()));
  });

  test("every variable of the application is an output", { timeout: minute }, async () => {
    const outputs = JSON.parse(await succeed("stack", "output", "--json")) as object;
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(variables));
  });

  test("no secret stands in clear in the state, nor is one printed", { timeout: minute }, async () => {
    const revealed = JSON.parse(await succeed("stack", "export", "--show-secrets")) as {
      deployment: { resources: StateResource[] };
    };
    // Where secrets come from: generated passwords, and the stack's own outputs. A list with a secret in it is secret
    // as a whole elsewhere.
    const sources = revealed.deployment.resources.filter(({ type }) => type === password || type === stack);
    const secrets = secretTexts(sources);
    expect(secrets).toContain(modelKey);
    expect(secrets.length).toBeGreaterThan(10);
    const state = readFileSync(engine.stateFile("mvp"), "utf8");
    const printed = await succeed("stack", "output");
    expect(secrets.filter((text) => state.includes(text) || printed.includes(text))).toEqual([]);
  });

  test("up again changes nothing", { timeout: minute }, async () => {
    expect(await change("up", "--expect-no-changes")).toMatch(/Resources:\s+\d+ unchanged/);
  });

  test("a larger server and disk are changed in place", { timeout: minute }, async () => {
    const { steps } = await preview("-c", "testfarm:size=s-4vcpu-8gb", "-c", "testfarm:volumeGb=50");
    const changed = steps.filter(({ op }) => op !== "same");
    expect(changed.map(({ op, urn }) => [op, typeOf(urn)])).toEqual([
      ["update", volume],
      ["update", droplet],
    ]);
  });

  test("destroy stops at what is protected", { timeout: minute }, async () => {
    const { code, stdout } = await run("destroy", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
    expect(existing().map(typeOf)).toEqual(expect.arrayContaining([droplet, volume]));
  });

  test("destroy --exclude-protected removes the rest", { timeout: minute }, async () => {
    const kept = urnsOf(made().filter((resource) => resource.protect));
    await change("destroy", "--exclude-protected");
    expect(existing()).toEqual(urnsOf(made()));
    expect(existing()).toEqual(expect.arrayContaining(kept));
    expect(existing().map(typeOf)).not.toContain(container);
  });
});

/** A key as `ssh-keygen -t ed25519` makes it: each field has its length before it. */
function publicKey(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const fields = [Buffer.from("ssh-ed25519"), Buffer.from(x, "base64url")];
  const blob = fields.flatMap((field) => [Buffer.from([0, 0, 0, field.length]), field]);
  return `ssh-ed25519 ${Buffer.concat(blob).toString("base64")} engine-test`;
}

/** The repository's own stack file, with values of this test for those that `up` refuses because they are examples. */
function stackFile(): string {
  const file = parse(readFileSync(join(projectRoot, "Pulumi.mvp.yaml"), "utf8")) as { config: object };
  const own = { "testfarm:adminCidrs": ["81.2.69.142/32"], "testfarm:sshPublicKey": publicKey() };
  return stringify({ ...file, config: { ...file.config, ...own } });
}

const urnsOf = (resources: readonly { readonly urn: string }[]): string[] =>
  resources.map(({ urn }) => urn).toSorted();
/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
const typeOf = (urn: string): string | undefined => urn.split("::")[2]?.split("$").at(-1);

/** Texts that the state holds encrypted; those too short to be looked for say nothing. */
function secretTexts(node: unknown): string[] {
  if (node === null || typeof node !== "object") return [];
  const { plaintext } = node as { plaintext?: string };
  if (plaintext !== undefined) return textsIn(JSON.parse(plaintext)).filter((text) => text.length >= 16);
  return Object.values(node).flatMap(secretTexts);
}

function textsIn(node: unknown): string[] {
  if (typeof node === "string") return [node];
  return node === null || typeof node !== "object" ? [] : Object.values(node).flatMap(textsIn);
}
