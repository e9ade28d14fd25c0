import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { offlineCommand } from "../infra/cli/run.ts";
import { ownProject } from "../infra/manifests/project.ts";
import { define } from "../support/kubernetes-crds/define.ts";
import { apiServers, type ControlPlane } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

const temporary = mkdtempSync(join(tmpdir(), "testfarm-apply-"));
afterAll(() => rmSync(temporary, { recursive: true }));

const out = join(temporary, "own");
const filesOf = (directory: string) => readdirSync(join(out, directory));

await describeWith(apiServers, "an API server with the definitions of the charts", (startApiServer) => {
  let api: ControlPlane;

  beforeAll(async () => {
    api = await startApiServer();
    await define(api);
    const environment = { PATH: process.env["PATH"] ?? "", HOME: temporary };
    offlineCommand("manifests", ownProject(temporary), ["own", "--out", out], environment);
  }, 120_000);

  test("takes the directories of a stack in their order, by kubectl as docs/gitops.md says it", async () => {
    for (const directory of ["1-foundation", "3-objects", "4-migration", "5-workloads"]) {
      const applied = await api.kubectl("apply", "-f", join(out, directory));
      expect(applied.trim().split("\n")).toHaveLength(filesOf(directory).length);
    }
  });

  test("takes a file that was to be filled in and now is", async () => {
    const directory = join("to-fill-in", "5-workloads");
    for (const file of filesOf(directory)) {
      const path = join(out, directory, file);
      writeFileSync(path, readFileSync(path, "utf8").replaceAll("<to be filled in>", '"0"'));
    }
    const applied = await api.kubectl("apply", "-f", join(out, directory));
    expect(applied.trim().split("\n")).toHaveLength(filesOf(directory).length);
  });
});
