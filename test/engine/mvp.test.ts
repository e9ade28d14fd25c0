import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppEnv } from "../../app/env.ts";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { openStack, type StateResource, typeOf, urnsOf } from "./stack.ts";

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
  EGRESS_ALLOW: true,
  AUTH_SECRET: true,
  OWNER_EMAIL: true,
  OWNER_BOOTSTRAP_TOKEN: true,
  FRONTEND_URL: true,
  API_BASE_URL: true,
  PORT: true,
  WORKER_CONCURRENCY: true,
  BACKUP_DATABASE_URL: true,
  BACKUP_BUCKET: true,
  BACKUP_REGION: true,
  BACKUP_ENDPOINT: true,
  BACKUP_FORCE_PATH_STYLE: true,
  BACKUP_ACCESS_KEY_ID: true,
  BACKUP_SECRET_ACCESS_KEY: true,
  BACKUP_PASSPHRASE: true,
  BACKUP_SCHEDULE: true,
  BACKUP_DRILL_SCHEDULE: true,
  BACKUP_KEEP_DAYS: true,
  BACKUP_POINT_IN_TIME: true,
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

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "stack mvp on the real engine", (cli) => {
  const mvp = openStack(cli);
  const { run, succeed, change, resources, made } = mvp;
  afterAll(() => mvp.end());

  const preview = async (...args: string[]): Promise<Preview> =>
    JSON.parse(await succeed("preview", "--json", ...args)) as Preview;
  const existing = (): string[] => urnsOf(mvp.world.things());
  let planned: string[] = [];

  beforeAll(async () => {
    await mvp.open();
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
    expect(urnsOf(resources()).filter((urn) => !/::default(_|$)/.test(urn))).toEqual(planned);
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
    const state = mvp.stateText();
    const printed = await succeed("stack", "output");
    expect(secrets.filter((text) => state.includes(text) || printed.includes(text))).toEqual([]);
  });

  test("destroy stops at what is protected", { timeout: minute }, async () => {
    const { code, stdout } = await run(["destroy", "--yes", "--skip-preview"]);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
    expect(existing().map(typeOf)).toContain(volume);
  });

  test("destroy --exclude-protected removes the rest", { timeout: minute }, async () => {
    const kept = urnsOf(made().filter((resource) => resource.protect));
    await change("destroy", "--exclude-protected");
    // What was on the server has ended with it: Pulumi deletes it nowhere.
    expect(existing()).toEqual(expect.arrayContaining(kept));
    expect(urnsOf(made())).toEqual(kept);
  });
});

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
