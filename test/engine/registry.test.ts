import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { describeWith } from "../support/services.ts";
import { openEngine } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

const minute = 60_000;
const password = "canary-registry-password";

await describeWith(pulumiCli, "an account at a registry, on the real engine", (cli) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-registry-"));
  const configFile = join(directory, "stack.yaml");
  const engine = openEngine(cli, directory);
  beforeAll(() => engine.createStack("registry"), minute);
  afterAll(() => rmSync(directory, { recursive: true }));

  test(
    "is taken by the Docker provider, and its password is in the state only encrypted",
    { timeout: minute },
    async () => {
      const image = {
        app: `registry.test/app@sha256:${"1".repeat(64)}`,
        web: `registry.test/web@sha256:${"2".repeat(64)}`,
      };
      const config = {
        "testfarm:tier": "local",
        "testfarm:image": image,
        "testfarm:registryUsername": "puller",
      };
      writeFileSync(configFile, stringify({ config }));
      const stack = ["--stack", "registry", "--non-interactive"];
      const set = ["config", "set", "--secret", "testfarm:registryPassword", password];
      expect((await engine.run([...set, ...stack], configFile)).code).toBe(0);
      const { code, stdout, stderr } = await engine.run(
        ["up", "--yes", "--skip-preview", ...stack],
        configFile,
      );
      expect([code, stderr]).toEqual([0, ""]);
      const state = readFileSync(engine.stateFile("registry"), "utf8");
      expect(state).toContain('"registryAuth"');
      for (const text of [stdout, state, readFileSync(configFile, "utf8")])
        expect(text).not.toContain(password);
    },
  );
});
