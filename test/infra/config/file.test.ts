import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { readStackFile } from "../../../infra/config/file.ts";
import type { RawConfig } from "../../../infra/config/parse.ts";
import { errorOf, problemsOf } from "./stack.ts";

const directory = mkdtempSync(join(tmpdir(), "testfarm-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function read(...lines: string[]): RawConfig {
  const path = join(directory, "Pulumi.test.yaml");
  writeFileSync(path, lines.join("\n"));
  return readStackFile(path, "shop");
}

const valuesOf = (...settings: string[]): RawConfig["values"] =>
  read("config:", ...settings.map((line) => `  ${line}`)).values;

describe("values are read in the form in which the engine hands them over", () => {
  test.each([
    ["a text", "testfarm:region: fra1", "fra1"],
    ["a text in quotes", 'testfarm:size: "5"', "5"],
    ["a number", "testfarm:sessions: 5", "5"],
    ["a flag", "testfarm:ephemeral: true", "true"],
    ["nothing", "testfarm:region:", "null"],
    ["a list", "testfarm:adminCidrs: [198.18.7.7/32, '::1/128']", '["198.18.7.7/32","::1/128"]'],
    ["a mapping", "testfarm:image: { app: a:1, web: b:1 }", '{"app":"a:1","web":"b:1"}'],
  ])("%s", (_, line, value) => {
    expect(Object.values(valuesOf(line))).toEqual([value]);
  });

  test("a list over several lines, and a value that an anchor names", () => {
    expect(valuesOf("testfarm:adminCidrs:", "  - &office 198.18.7.7/32", "a:b: *office")).toEqual({
      "testfarm:adminCidrs": '["198.18.7.7/32"]',
      "a:b": "198.18.7.7/32",
    });
  });
});

test("a key without a namespace is the project's own, and the long form of a key is the short one", () => {
  expect(valuesOf("port: 1", "testfarm:tier: vps", "aws:config:region: x")).toEqual({
    "shop:port": "1",
    "testfarm:tier": "vps",
    "aws:region": "x",
  });
});

test("the file's name is kept for errors", () => {
  expect(read("config: {}").file).toBe("Pulumi.test.yaml");
});

test.each([
  ["an empty file", ""],
  ["a file of comments", "# nothing yet"],
  ["an empty config", "config:"],
  ["what the engine adds", "encryptionsalt: v1:abc\nsecretsprovider: passphrase"],
])("%s holds no settings", (_, content) => {
  expect(read(content)).toMatchObject({ values: {}, secretKeys: [] });
});

describe("of a secret only that it is there is read", () => {
  test("wherever in the value it stands", () => {
    const raw = read(
      "config:",
      "  testfarm:anthropicApiKey: { secure: AAABcanary1 }",
      "  shop:list: [a, { secure: AAABcanary2 }]",
      "  shop:deep:",
      "    clear: b",
      "    hidden: { secure: AAABcanary3 }",
    );
    expect(raw.secretKeys).toEqual(["testfarm:anthropicApiKey", "shop:list", "shop:deep"]);
    expect(Object.values(raw.values)).toEqual(["[secret]", "[secret]", "[secret]"]);
    expect(JSON.stringify(raw)).not.toContain("canary");
  });

  test("and it is one only by the engine's rule: `secure` alone, with a text", () => {
    const raw = read("config:", "  a:both: { secure: x, other: y }", "  a:number: { secure: 7 }");
    expect(raw.secretKeys).toEqual([]);
    expect(raw.values).toEqual({ "a:both": '{"secure":"x","other":"y"}', "a:number": '{"secure":7}' });
  });
});

describe("a file that is not YAML is one error, with its line", () => {
  test.each([
    ["an open quote", ["config:", '  a:b: "c'], 2, 'Missing closing "quote'],
    [
      "a colon in a text",
      ["config:", "  a:b: c", "  a:d: e: f"],
      3,
      "Nested mappings are not allowed in compact mappings",
    ],
    ["a tab", ["config:", "\ta:b: c"], 2, "Tabs are not allowed as indentation"],
    ["a setting given twice", ["config:", "  a:b: c", "", "  a:b: d"], 4, "Map keys must be unique"],
    [
      "a star without quotes",
      ["config:", "  a:b: *.example.com"],
      2,
      "an alias that nothing defines; put a text that begins with * in quotes",
    ],
    ["a lone star", ["config:", "  a:b: [*]"], 2, "Alias cannot be an empty string"],
  ])("%s", (_, lines, line, reason) => {
    expect(problemsOf(() => read(...lines))).toEqual([`line ${line}: is not YAML: ${reason}`]);
  });

  test.each([
    ["a list", "- a"],
    ["a text", "a"],
    ["a list of settings", "config: [a]"],
    ["a text for settings", "config: vps"],
  ])("%s is not a stack's file", (_, content) => {
    const error = errorOf(() => read(content));
    expect(error.message).toBe(
      "Pulumi.test.yaml has 1 error:\n  config: must be a mapping of settings, such as testfarm:tier: vps",
    );
  });

  test.each(["  a:b: |canary", "  a:b: |- canary", '  a:b: "c" canary', "  a:b: !mine canary", "  canary"])(
    "no error and no warning quotes the line: %s",
    (line) => {
      const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
      const attempt = (): string => {
        try {
          return String(Object.keys(read("config:", line)));
        } catch (error) {
          return String(error);
        }
      };
      expect(attempt()).not.toContain("canary");
      expect(warn.mock.calls.map(String).join("\n")).not.toContain("canary");
      warn.mockRestore();
    },
  );
});

test("a file that is not there is the system's own error", () => {
  expect(() => readStackFile(join(directory, "Pulumi.none.yaml"), "shop")).toThrow("ENOENT");
});
