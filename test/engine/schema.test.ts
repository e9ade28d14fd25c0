import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { projectRoot } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

await describeWith(pulumiCli, "the schema of our own provider", (cli) => {
  test("is one that Pulumi makes SDKs of", async () => {
    const path = join(projectRoot, "components/provider/schema.json");
    const { stderr } = await promisify(execFile)(cli, ["schema", "check", path]);
    expect(stderr).not.toMatch(/error/i);
  });
});
