/** Finds the Pulumi CLI on this machine, or builds the version that go.mod pins. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Service } from "../support/services.ts";

const run = promisify(execFile);
const module = "github.com/pulumi/pulumi/pkg/v3";
/** The first that takes every flag as PULUMI_OPTION_<FLAG>: https://github.com/pulumi/pulumi/releases/tag/v3.208.0. */
const oldest = [3, 208] as const;
/** What go.mod asks for. */
const oldestGo = [1, 26] as const;

/** Path of the executable, or `pulumi` where it is on PATH. */
export const pulumiCli: Service<string> = {
  name: "Pulumi CLI",
  needs:
    `Install Pulumi ${oldest.join(".")} or newer (https://www.pulumi.com/docs/install/), ` +
    `or Go ${oldestGo.join(".")} or newer (https://go.dev/dl/), with which it is built once.`,
  find: async () => {
    if (isAtLeast(oldest, await versionOf("pulumi", ["version"]))) return "pulumi";
    const built = join(cacheDirectory(), `engine-${pinnedVersion().slice(1)}`, "pulumi");
    if (existsSync(built)) return built;
    if (!isAtLeast(oldestGo, await versionOf("go", ["version"]))) return undefined;
    return build(built);
  },
};

/** Where this machine keeps what tests built; outside the checkout, so that it is built once. */
export function cacheDirectory(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "testfarm");
}

/** @returns `v3.274.1`, from go.mod: the one place that names it. */
export function pinnedVersion(): string {
  const found = readFileSync(join(import.meta.dirname, "go.mod"), "utf8").match(`${module} (v\\S+)`);
  if (!found?.[1])
    throw new Error(`test/engine/go.mod: requires no ${module}; run go get -tool ${module}/cmd/pulumi.`);
  return found[1];
}

/** @returns `[3, 274]`, or `undefined` when the program is not there. */
async function versionOf(program: string, args: string[]): Promise<[number, number] | undefined> {
  try {
    const { stdout } = await run(program, args);
    const [, major, minor] = stdout.match(/(\d+)\.(\d+)/) ?? [];
    return [Number(major), Number(minor)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${program} ${args.join(" ")} failed`, { cause: error });
  }
}

function isAtLeast(wanted: readonly [number, number], found: [number, number] | undefined): boolean {
  return found !== undefined && found[0] === wanted[0] && found[1] >= wanted[1];
}

/**
 * Under a name of its own until it is whole: another process may build at the same time, or use the result already.
 *
 * @returns `undefined` where Go cannot build it, on a machine without its module proxy for instance.
 */
async function build(target: string): Promise<string | undefined> {
  const version = pinnedVersion();
  console.warn(`Building the Pulumi CLI ${version} into ${target}: once a machine, some minutes.`);
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = mkdtempSync(`${target}-`);
  const partial = join(unfinished, "pulumi");
  const flags = `-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
  const args = ["build", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", flags, "-o", partial];
  try {
    await run("go", [...args, `${module}/cmd/pulumi`], {
      cwd: import.meta.dirname,
      env: { ...process.env, CGO_ENABLED: "0" },
      maxBuffer: 64 * 1024 * 1024,
    });
    renameSync(partial, target);
    return target;
  } catch (error) {
    console.warn(`The Pulumi CLI ${version} could not be built: ${(error as Error).message}`);
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true });
  }
}
