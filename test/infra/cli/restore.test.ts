import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

const restore = (...args: string[]) =>
  run(process.execPath, ["--import", "tsx", "infra/cli/restore.ts", ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test.each([
  [[], "name a stack, such as mvp"],
  [["mvp"], "say one thing that is to be done: latest, the name of a backup, or an option"],
  [["mvp", "latest", "--list"], "say one thing that is to be done"],
  [["mvp", "latest", "--at", "2026-11-25T10:15:00Z"], "say one thing that is to be done"],
  [["mvp", "--newest"], "Unknown option '--newest'"],
])("restore %j is answered with what is wrong and the usage", async (args, problem) => {
  const { code, stdout, stderr } = await restore(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(problem);
  expect(stderr).toContain("npm run restore -- <stack> latest | <backup> | --at <time>");
});

test("restore --help prints the usage", async () => {
  const { code, stdout } = await restore("--help");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^npm run restore -- <stack>/);
});
