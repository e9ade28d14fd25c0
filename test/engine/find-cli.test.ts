import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pinnedVersion, pulumiCli } from "./find-cli.ts";

let directory: string;
let built: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "testfarm-find-cli-"));
  built = join(directory, "cache/testfarm", `engine-${pinnedVersion().slice(1)}`, "pulumi");
  mkdirSync(join(directory, "bin"));
  vi.stubEnv("PATH", join(directory, "bin"));
  vi.stubEnv("XDG_CACHE_HOME", join(directory, "cache"));
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

function putOnPath(program: string, script: string): void {
  writeFileSync(join(directory, "bin", program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** A Go that answers to `version`, and to `build` by running `script` with the target in `$target`. */
function putGoOnPath(version: string, script: string): void {
  putOnPath(
    "go",
    `if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit; fi
while [ "$1" != -o ]; do shift; done; target=$2
${script}`,
  );
}

describe("the Pulumi CLI", () => {
  test.each([
    ["3.208.0", "pulumi"],
    ["3.300.1", "pulumi"],
    ["3.207.9", undefined],
    ["2.300.0", undefined],
    ["4.300.0", undefined],
  ])("version %s on PATH gives %s", async (version, expected) => {
    putOnPath("pulumi", `echo v${version}`);
    expect(await pulumiCli.find()).toBe(expected);
  });

  test("what was built before is taken without Go", async () => {
    mkdirSync(join(built, ".."), { recursive: true });
    writeFileSync(built, "");
    expect(await pulumiCli.find()).toBe(built);
  });

  test("it is built where there is Go, and nothing half-built is left", async () => {
    putGoOnPath("1.26.8", `echo built > "$target"`);
    expect(await pulumiCli.find()).toBe(built);
    expect(readdirSync(join(built, ".."))).toEqual(["pulumi"]);
  });

  test("two processes that build at once both get a whole one", async () => {
    putGoOnPath("1.26.8", `echo built > "$target"`);
    expect(await Promise.all([pulumiCli.find(), pulumiCli.find()])).toEqual([built, built]);
  });

  test("an older Go is not asked to build", async () => {
    putGoOnPath("1.25.9", `echo built > "$target"`);
    expect(await pulumiCli.find()).toBe(undefined);
    expect(existsSync(built)).toBe(false);
  });

  test("a build that fails says why, and leaves nothing", async () => {
    putGoOnPath("1.26.8", `echo half > "$target"; echo "dial tcp: lookup proxy: no such host" >&2; exit 1`);
    expect(await pulumiCli.find()).toBe(undefined);
    expect(vi.mocked(console.warn).mock.lastCall).toEqual([expect.stringContaining("no such host")]);
    expect(readdirSync(join(built, ".."))).toEqual([]);
  });

  test("on a machine with neither, what is missing says what to install", async () => {
    expect(await pulumiCli.find()).toBe(undefined);
    expect(pulumiCli.needs).toMatch(/Install Pulumi 3\.208 or newer .*, or Go 1\.26 or newer/);
  });
});
