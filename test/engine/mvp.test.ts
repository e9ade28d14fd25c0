import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { secretsOf, variables } from "./outputs.ts";
import { openStack, typeOf, urnsOf } from "./stack.ts";

const minute = 60_000;
const modelKey = "sk-ant-0123456789";
const droplet = "digitalocean:index/droplet:Droplet";
const container = "docker:index/container:Container";
const volume = "digitalocean:index/volume:Volume";

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
    const { secrets, inClear } = await secretsOf(mvp);
    expect(secrets).toContain(modelKey);
    expect(secrets.length).toBeGreaterThan(10);
    expect(inClear).toEqual([]);
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
