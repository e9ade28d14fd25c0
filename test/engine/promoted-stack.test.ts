import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { readStackFile } from "../../infra/config/file.ts";
import { readProject } from "../../infra/plan/project.ts";
import { makePlan } from "../../infra/promotion/plan/make.ts";
import {
  countResources,
  type ManagedStack,
  openStack,
  readSecrets,
} from "../../infra/promotion/stacks/stack.ts";
import { stackSurroundings } from "../../infra/promotion/stacks/surroundings.ts";
import { operatorOf } from "../infra/cli/operator.ts";
import { describeWith } from "../support/services.ts";
import { attach, openEngine } from "./engine.ts";
import { pulumiWithDocker } from "./local-stack.ts";
import { projectIn } from "./project.ts";

vi.setConfig({ testTimeout: 5 * 60_000 });

// The source is not up here.
vi.mock("../../infra/access/outputs.ts", async (original) => ({
  ...(await original<object>()),
  readOutputs: async () => ({ AUTH_SECRET: "of the source" }),
}));

const signal = new AbortController().signal;
const container = "docker:index/container:Container";

/** Of a backend in a directory, as far as it is looked at here. */
interface StateFile {
  readonly checkpoint: {
    readonly latest: {
      readonly resources?: readonly { readonly type: string }[];
      pending_operations?: unknown;
    };
  };
}

await describeWith(pulumiWithDocker, "a stack that a promotion makes", ({ cli, docker }) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-promoted-"));
  const inDirectory = (name: string) => join(directory, name);
  const { world } = openEngine(cli, directory);
  const image = { app: "testfarm-app:1", web: "testfarm-web:1" };
  const settings = { tier: "local", image };
  projectIn(directory, { source: { ...settings, httpsPort: 8444 }, target: settings });
  const project = readProject(inDirectory("project"))!;
  const file = inDirectory("project/Pulumi.target.yaml");
  const asWritten = readFileSync(file, "utf8");
  mkdirSync(inDirectory("bin"));
  const recorded = `#!/bin/sh\necho "$@" >> ${inDirectory("arguments")}\nexec ${cli} "$@"\n`;
  writeFileSync(inDirectory("bin/pulumi"), recorded, { mode: 0o755 });

  let attached: Awaited<ReturnType<typeof attach>>;
  let stack: ManagedStack;
  let said = "";
  const notes: string[] = [];
  const open = () =>
    openStack(project, "target", { directory: inDirectory("run"), say: (text) => (said += text) });
  beforeEach(async () => {
    const environment = operatorOf(cli, directory);
    const path = [inDirectory("bin"), dirname(cli), process.env["PATH"]].join(delimiter);
    attached = await attach(world);
    const { addresses: PULUMI_DEBUG_PROVIDERS } = attached;
    const all = { ...environment, HOME: process.env["HOME"], PATH: path, PULUMI_DEBUG_PROVIDERS };
    for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
    mkdirSync(inDirectory("run"), { recursive: true });
    stack = await open();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    attached.close();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const surroundings = () =>
    stackSurroundings({
      project,
      plan: makePlan({ from: "source", to: "target", path: "OFFLINE", reasons: [] }),
      stack: () => Promise.resolve(stack),
      note: (text) => notes.push(text),
    });

  test("gets its secrets in no argument of a command, to the last character", async () => {
    const secret = "canary of a secret\n\n";
    await stack.set({ authSecret: secret }, { secret: true });
    expect(await readSecrets(project, "target")).toEqual({ "testfarm:authSecret": secret });
    expect(readFileSync(inDirectory("arguments"), "utf8")).toContain(
      "config set --secret testfarm:authSecret",
    );
    expect(readFileSync(inDirectory("arguments"), "utf8")).not.toContain("canary");
    expect(readFileSync(file, "utf8")).not.toContain("canary");
    await stack.unset(["authSecret"]);
    expect(readFileSync(file, "utf8")).not.toContain("authSecret");
  });

  test("is removed also where it could not be made, and its file is as it was", async () => {
    const before = await surroundings().checkTarget(signal);
    world.expect({ type: container, call: "create", nth: 2, how: { refused: "no room" } });
    await expect(surroundings().provisionTarget(signal)).rejects.toThrow(
      "Pulumi has not done it with stack target",
    );
    expect(await countResources(project, "target")).toBeGreaterThan(0);
    world.expect({ type: container, call: "create", how: { refused: "no room" } });
    await surroundings().destroyTarget(before, signal);
    expect(notes).toEqual([expect.stringContaining("does not keep the rest from being removed")]);
    expect(await countResources(project, "target")).toBe(0);
    expect(world.things()).toEqual([]);
    expect(withoutSalt(readFileSync(file, "utf8"))).toBe(asWritten);
    // Killed before it was noted that it is done.
    stack = await open();
    await surroundings().destroyTarget(before, signal);
    expect(withoutSalt(readFileSync(file, "utf8"))).toBe(asWritten);
  });

  test("is as protected as its file says once it was made and removed again", async () => {
    writeFileSync(file, `${asWritten}\n  testfarm:ephemeral: false\n`);
    const before = await surroundings().checkTarget(signal);
    expect(before).toEqual({ settings: ["ephemeral"], ephemeral: { source: undefined, target: "false" } });
    await surroundings().provisionTarget(signal);
    await surroundings().destroyTarget(before, signal);
    expect(readStackFile(file, "testfarm").values["testfarm:ephemeral"]).toBe("false");
    writeFileSync(file, asWritten);
  });

  test("is refused while its file has other secrets than those that come in their place", async () => {
    const secret = true;
    await stack.set({ authSecret: "its own" }, { secret });
    await expect(surroundings().checkTarget(signal)).rejects.toThrow(
      /^Pulumi.target.yaml has testfarm:authSecret: .* pulumi config rm testfarm:authSecret --stack target\.$/,
    );
    await stack.set({ authSecret: "of the source" }, { secret });
    expect(await surroundings().checkTarget(signal)).toMatchObject({ settings: ["authSecret"] });
    await stack.unset(["authSecret"]);
  });

  test("is made after that, and then no promotion takes it for its target", async () => {
    await surroundings().checkTarget(signal);
    await surroundings().provisionTarget(signal);
    const text = readFileSync(file, "utf8");
    await expect(surroundings().checkTarget(signal)).rejects.toThrow(
      /^Stack target is there already, with \d+ resources: .* Name another stack, or remove/,
    );
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("keeps the lock of somebody else, and loses one that a killed runner has left", async () => {
    const locks = inDirectory("state/.pulumi/locks/organization/testfarm/target");
    const lock = join(locks, "11111111-2222-3333-4444-555555555555.json");
    mkdirSync(locks, { recursive: true });
    const hold = (host: string, pid: number) =>
      writeFileSync(
        lock,
        JSON.stringify({ pid, username: "colleague", hostname: host, timestamp: new Date().toISOString() }),
      );
    const [own = ""] = readFileSync(inDirectory("run/processes"), "utf8").split(" ");
    hold(hostname(), 1);
    await expect(stack.up(signal)).rejects.toThrow(
      `Stack target is locked by somebody else: created by colleague@${hostname()} (pid 1)`,
    );
    hold("elsewhere", Number(own));
    await expect(stack.up(signal)).rejects.toThrow("locked by somebody else");
    hold(hostname(), Number(own));
    await stack.up(signal);
    expect(said).not.toContain("canary");
  });

  test("has nothing left of what was cut off once it is removed, and Pulumi asks for nothing more", async () => {
    await stack.set({ ephemeral: "true" }, { secret: false });
    await stack.up(signal);
    const path = inDirectory("state/.pulumi/stacks/testfarm/target.json");
    const state = JSON.parse(readFileSync(path, "utf8")) as StateFile;
    const { latest } = state.checkpoint;
    const network = latest.resources!.find(({ type }) => type === "docker:index/network:Network")!;
    const resource = { ...network, inputs: { name: "testfarm-target-cut" } };
    latest.pending_operations = [{ resource, type: "creating" }];
    writeFileSync(path, JSON.stringify(state));
    const others = "testfarm-target-cut-other";
    for (const name of ["testfarm-target-cut", others]) await docker("network", "create", name);
    try {
      await stack.destroy(signal);
      const left = await docker("network", "ls", "--format", "{{.Name}}", "--filter", "name=target-cut");
      expect(left.trim()).toBe(others);
    } finally {
      await docker("network", "rm", others);
    }
    const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as StateFile;
    expect(checkpoint.latest).toEqual(expect.not.objectContaining({ resources: expect.anything() }));
    expect(checkpoint.latest.pending_operations).toBeUndefined();
  });

  test("goes with its history and its file when a drill removes it", async () => {
    await stack.set({ ephemeral: "true" }, { secret: false });
    await stack.up(signal);
    await stack.remove(signal);
    expect(await countResources(project, "target")).toBe(0);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

/** What encrypts secrets is written into the file with the first of them. */
const withoutSalt = (text: string): string => text.replace(/^encryptionsalt: .*\n/m, "");
