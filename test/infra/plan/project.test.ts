import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { programOf, type Project, readProject, stackFile, stackNames } from "../../../infra/plan/project.ts";

const root = process.cwd();
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "testfarm-project-")));
afterEach(() => process.chdir(root));
afterAll(() => rmSync(temporary, { recursive: true }));

let made = 0;
function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = join(temporary, `${++made}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}
const projectWith = (files: Readonly<Record<string, string>>): Project => readProject(directoryWith(files))!;

test("a directory without Pulumi.yaml is no project", () => {
  expect(readProject(directoryWith({ "Pulumi.mvp.yaml": "" }))).toBeUndefined();
});

test.each([
  ["names a file", "main: program/main.ts", "program/main.ts"],
  ["names a directory", "main: program", "program/index.ts"],
  ["names none", "", "index.ts"],
])("a project that %s runs the file that the engine would", (_, line, main) => {
  const directory = directoryWith({ "Pulumi.yaml": `name: shop\n${line}\n`, [main]: "" });
  expect(readProject(directory)).toEqual({ directory, name: "shop", main: join(directory, main) });
});

test("stacks are the files of their name, in alphabetical order", () => {
  // The names of the files have another order than those of the stacks.
  const stacks = ["Pulumi.prod.yaml", "Pulumi.dev-2.yaml", "Pulumi.dev.yaml"];
  const files = ["Pulumi.yaml", ...stacks, "Pulumi.dev.yaml.orig", "index.ts"];
  const project = projectWith(Object.fromEntries(files.map((file) => [file, "name: shop"])));
  expect(stackNames(project)).toEqual(["dev", "dev-2", "prod"]);
  expect(stackFile(project, "dev")).toBe(join(project.directory, "Pulumi.dev.yaml"));
});

const run = (source: string) =>
  programOf(
    projectWith({ "Pulumi.yaml": "name: shop\nmain: program/main.mjs", "program/main.mjs": source }),
  )();

describe("a program", () => {
  test.each([
    ["a function, which is called", "export default async () => ({ a: 1 });"],
    ["a value, which is taken", "export default { a: 1 };"],
    ["names, which are the outputs", "export const a = 1;"],
  ])("exports %s", async (_, source) => {
    expect({ ...(await run(source)) }).toEqual({ a: 1 });
  });

  test("runs in its own directory, from its first line", async () => {
    const outputs = await run("export const where = process.cwd();");
    expect(outputs?.["where"]).toBe(join(temporary, `${made}`, "program"));
  });

  test("is not touched before it is run", async () => {
    const broken = programOf(
      projectWith({ "Pulumi.yaml": "name: shop", "index.ts": "throw new Error('boom');" }),
    );
    await expect(broken()).rejects.toThrow("boom");
  });
});
