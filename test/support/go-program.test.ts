import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findOrBuild, type GoProgram } from "./go-program.ts";

let directory: string;
let program: GoProgram;

/** A Go whose programs hold what they were built of: the source, and what was laid over it. */
const go = (moduleDirectory: string) => `#!/bin/sh
case "$1" in
version) echo "go version go1.26.8 linux/amd64" ;;
mod) echo '{"Path": "'"$4"'", "Dir": "${moduleDirectory}"}' ;;
build)
  while [ $# -gt 1 ]; do
    case "$1" in -o) target=$2 ;; -overlay) overlay=$2 ;; esac
    shift
  done
  echo "$1" > "$target"
  if [ -n "$overlay" ]; then cat "$overlay" >> "$target"; fi ;;
esac
`;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "testfarm-go-program-"));
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "bin/go"), go("/modules/server"), { mode: 0o755 });
  writeFileSync(join(directory, "go.mod"), "require example.com/server/v2 v2.3.4\n");
  vi.stubEnv("PATH", `${join(directory, "bin")}${delimiter}${process.env["PATH"]}`);
  vi.stubEnv("XDG_CACHE_HOME", join(directory, "cache"));
  vi.spyOn(console, "warn").mockImplementation(() => {});
  program = {
    name: "server",
    directory,
    module: "example.com/server/v2",
    package: "cmd/serve",
    cachedAs: "server",
  };
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const built = (name: string) => join(directory, "cache/testfarm/server-2.3.4", name);

test("a program is called as its package is", async () => {
  expect(await findOrBuild(program)).toBe(built("serve"));
  expect(readFileSync(built("serve"), "utf8")).toBe("example.com/server/v2/cmd/serve\n");
});

test("a module's own package is a program that has a name of ours", async () => {
  expect(await findOrBuild({ ...program, package: "", file: "server" })).toBe(built("server"));
  expect(readFileSync(built("server"), "utf8")).toBe("example.com/server/v2\n");
});

test("a package of ours embeds files of the module", async () => {
  const ours = { ...program, package: ".", file: "server", embeds: { "schema.json": "cmd/schema.json" } };
  expect(await findOrBuild(ours)).toBe(built("server"));
  const [source, overlay] = readFileSync(built("server"), "utf8").split("\n");
  expect(source).toBe(".");
  expect(JSON.parse(overlay!)).toEqual({
    Replace: { [join(directory, "schema.json")]: "/modules/server/cmd/schema.json" },
  });
});
