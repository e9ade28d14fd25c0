import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { describeWith } from "../support/services.ts";
import { openEngine, projectRoot, type Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

const minute = 60_000;
const pack = join(projectRoot, "policy-pack");
const refused = join(import.meta.dirname, "fixtures/refused");

await describeWith(pulumiCli, "the policy pack, on the real engine", (cli) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-policy-pack-"));
  const configFile = join(directory, "stack.yaml");
  const engine = openEngine(cli, directory);
  const run = (
    args: readonly string[],
    settings: Readonly<Record<string, unknown>>,
    stack = "pack",
  ): Promise<Run> => {
    const named = Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value]);
    writeFileSync(configFile, stringify({ config: Object.fromEntries(named) as object }));
    return engine.run([...args, "--stack", stack, "--policy-pack", pack, "--non-interactive"], configFile);
  };
  const vps = {
    tier: "vps",
    adminCidrs: ["81.2.69.142/32"],
    sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} operator`,
  };

  beforeAll(async () => {
    for (const stack of ["pack", "made"]) await engine.createStack(stack);
  }, minute);
  afterAll(() => rmSync(directory, { recursive: true }));

  test("refuses a program that breaks rules, each with its resource", { timeout: minute }, async () => {
    const { code, stdout } = await run(["preview", "--cwd", refused], vps);
    expect(code).not.toBe(0);
    expect(violationsIn(stdout)).toEqual([
      "[mandatory] memory-unlimited (docker:index:Container: unlimited)",
      "[mandatory] secret-in-clear (docker:index:Container: secretive)",
      "[mandatory] ssh-open-to-world (hcloud:index:Server: server)",
    ]);
    expect(stdout).toContain("may use all of the machine's memory; give it `memory`, in MB");
  });

  test(
    "keeps a resource that breaks a rule from being made, also without a preview",
    { timeout: minute },
    async () => {
      const { code, stdout } = await run(["up", "--yes", "--skip-preview", "--cwd", refused], vps, "made");
      expect(code).not.toBe(0);
      expect(stdout).toContain("memory-unlimited");
      expect(engine.world.things().map(({ urn }) => urn.split("::").at(-1))).not.toContain("unlimited");
    },
  );

  test("lets pass what the stack's file waives, and prints the reason", { timeout: minute }, async () => {
    const rules = ["memory-unlimited", "secret-in-clear", "ssh-open-to-world"];
    const waive = rules.map((rule) => ({ rule, reason: `a drill of ${rule}` }));
    const { code, stdout } = await run(["preview", "--cwd", refused], { ...vps, waive });
    expect([code, violationsIn(stdout).length]).toEqual([0, 3]);
    for (const { rule, reason } of waive) {
      expect(stdout).toContain(`[advisory]  ${rule}`);
      expect(stdout).toContain(`(waived: ${reason})`);
    }
  });

  test("lets this repository's own program pass, with its warnings", { timeout: minute }, async () => {
    const { code, stdout } = await run(["preview"], { tier: "local" });
    expect(code).toBe(0);
    expect(violationsIn(stdout)).toEqual([
      "[advisory] backup-missing (docker:index:Container: postgres)",
      ...["edge", "postgres", "redis"].map(
        (name) => `[advisory] third-party-image-without-digest (docker:index:Container: ${name})`,
      ),
    ]);
  });
});

/** The lines that name a violation, as `[mandatory] rule (type: name)`. */
const violationsIn = (printed: string): string[] =>
  [...printed.matchAll(/- (\[\w+\]) +(\S+) +(\(.+\))/g)]
    .map(([, level, rule, resource]) => `${level} ${rule} ${resource}`)
    .toSorted();
