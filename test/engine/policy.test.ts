import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { describeWith } from "../support/services.ts";
import { openEngine, type Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

const minute = 60_000;

await describeWith(pulumiCli, "a stack that breaks a rule, on the real engine", (cli) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-policy-"));
  const configFile = join(directory, "stack.yaml");
  const engine = openEngine(cli, directory);
  const up = (waive: readonly object[]): Promise<Run> => {
    const settings = {
      tier: "vps",
      adminCidrs: ["81.2.69.142/32"],
      sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} operator`,
      // By tag: whoever has the registry can give it to another image.
      image: { app: "registry.test/app:1", web: "registry.test/web:1" },
      waive,
    };
    const named = Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value]);
    writeFileSync(configFile, stringify({ config: Object.fromEntries(named) as object }));
    return engine.run(
      ["up", "--yes", "--skip-preview", "--stack", "policy", "--non-interactive"],
      configFile,
    );
  };

  beforeAll(() => engine.createStack("policy"), minute);
  afterAll(() => rmSync(directory, { recursive: true }));

  test(
    "is refused before anything is made, with the rule, the resource and both ways out",
    { timeout: minute },
    async () => {
      const { code, stdout } = await up([]);
      expect(code).not.toBe(0);
      expect(stdout).toContain(
        "own-image-without-digest: docker:index/container:Container testfarm-policy-api",
      );
      expect(stdout).toContain("testfarm:waive:");
      expect(engine.world.things()).toEqual([]);
    },
  );

  test("is made when its file says why that may be so", { timeout: minute }, async () => {
    const { code, stdout } = await up([
      { rule: "own-image-without-digest", reason: "a registry of our own" },
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("created")]);
    expect(engine.world.things().length).toBeGreaterThan(20);
  });
});
