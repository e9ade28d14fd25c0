import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { offlineCommand, root } from "./run.ts";

vi.setConfig({ testTimeout: 120_000 });

const temporary = realpathSync(mkdtempSync(join(tmpdir(), "testfarm-manifests-")));
afterAll(() => rmSync(temporary, { recursive: true }));

const environment = { PATH: process.env["PATH"] ?? "", HOME: temporary };
const run = (...args: string[]) => offlineCommand("manifests", root, args, environment);

test("the stack of the README becomes YAML, and what only the cloud can tell is named", () => {
  const out = join(temporary, "scale");
  const { code, stdout, stderr } = run("scale", "--out", out);
  expect([code, stderr], stdout).toEqual([3, ""]);
  const files = readdirSync(out);
  expect(stdout).toContain(`${files.length} files are in ${out}.`);
  expect(stdout).toContain("Left out, for they say what only the cloud can tell:");
  expect(files).toContain("helmfile.yaml");
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(join(out, file), "utf8")));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const kinds = documents.map((document) => (document.toJS() as { readonly kind?: string }).kind);
  expect(kinds).toEqual(expect.arrayContaining(["Deployment", "NetworkPolicy", "PodDisruptionBudget"]));
  expect(kinds).not.toContain("Secret");
});

test("a directory in use is left as it is", () => {
  const out = mkdtempSync(join(temporary, "used-"));
  writeFileSync(join(out, "mine"), "");
  const { code, stderr } = run("scale", "--out", out);
  expect(code).toBe(2);
  expect(stderr).toContain(`${out} is not empty; remove it, or name another with --out`);
  expect(readdirSync(out)).toEqual(["mine"]);
});

test.for([
  ["no stack", [], 2, /manifests/],
  ["a stack that is not there", ["nowhere"], 2, /nowhere.*scale/s],
  ["a stack without a cluster", ["mvp"], 1, /stack mvp is of tier vps, which has nothing in a cluster/],
  ["an option that is not there", ["scale", "--output", "x"], 2, /--output/],
] as const)("%s is refused with the way out", ([, args, wanted, words]) => {
  const { code, stdout, stderr } = run(...args);
  expect([code, stdout]).toEqual([wanted, ""]);
  expect(stderr).toMatch(words);
});
