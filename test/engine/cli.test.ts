import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { projectRoot } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

await describeWith(pulumiCli, "npm run engine", (cli) => {
  const cache = mkdtempSync(join(tmpdir(), "testfarm-engine-cli-"));
  afterAll(() => rmSync(cache, { recursive: true }));

  test(
    "up refuses the example values, says so, and leaves the checkout as it is",
    { timeout: 180_000 },
    () => {
      const stackFile = join(projectRoot, "Pulumi.mvp.yaml");
      const before = readFileSync(stackFile, "utf8");
      const args = ["test/engine/cli.ts", "up", "--stack", "mvp", "--yes", "--skip-preview"];
      const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", ...args], {
        cwd: projectRoot,
        encoding: "utf8",
        // A cache of its own, for the state; the CLI that was found already is on its PATH.
        env: {
          ...process.env,
          XDG_CACHE_HOME: cache,
          PATH: [dirname(cli), process.env["PATH"]].join(delimiter),
        },
      });
      expect(stderr).toMatch(
        `Providers are stand-ins: nothing real is made. The state is in ${cache}/testfarm/`,
      );
      expect(stdout).toMatch(/adminCidrs/);
      expect(stdout).toMatch(/sshPublicKey/);
      expect(status).not.toBe(0);
      expect(readFileSync(stackFile, "utf8")).toBe(before);
    },
  );
});
