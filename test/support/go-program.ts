/** Programs that are built from their Go module, once a machine, in the version that a go.mod of ours pins. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What the go.mod files ask for. */
export const oldestGo = [1, 26] as const;

/** Ends the `needs` of a service that can be built. */
export const orGo = `or Go ${oldestGo.join(".")} or newer (https://go.dev/dl/), with which it is built once.`;

export interface GoProgram {
  /** `Pulumi CLI`. */
  readonly name: string;
  /** Directory of the go.mod that pins it as a tool. */
  readonly directory: string;
  /** `github.com/pulumi/pulumi/pkg/v3`. */
  readonly module: string;
  /**
   * Path of the program's package in the module, `""` for the module's own; or `.` for a package of ours in `directory`,
   * which uses the module.
   */
  readonly package: string;
  /** What the program is called. Default: the last part of `package`. */
  readonly file?: string;
  /** Where it is kept is named after this and the version. */
  readonly cachedAs: string;
  readonly flags?: (version: string) => readonly string[];
  /** Files of the module that the package embeds: path in `directory`, path in the module. */
  readonly embeds?: Readonly<Record<string, string>>;
}

/** Where this machine keeps what tests built; outside the checkout, so that it is built once. */
export function cacheDirectory(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "testfarm");
}

/** @returns `v3.274.1`, from go.mod: the one place that names it. */
export function pinnedVersion({ directory, module, package: path }: GoProgram): string {
  const file = join(directory, "go.mod");
  const found = readFileSync(file, "utf8").match(`${module} (v\\S+)`);
  if (!found?.[1]) throw new Error(`${file}: requires no ${module}; run go get -tool ${module}/${path}.`);
  return found[1];
}

/** @returns `[3, 274]`, or `undefined` when the program is not there. */
export async function versionOf(program: string, args: string[]): Promise<[number, number] | undefined> {
  try {
    const { stdout } = await run(program, args);
    const [, major, minor] = stdout.match(/(\d+)\.(\d+)/) ?? [];
    return [Number(major), Number(minor)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${program} ${args.join(" ")} failed`, { cause: error });
  }
}

export function isAtLeast(wanted: readonly [number, number], found: [number, number] | undefined): boolean {
  return found !== undefined && found[0] === wanted[0] && found[1] >= wanted[1];
}

/** @returns the path of the program, built now or before; `undefined` where this machine cannot build it. */
export async function findOrBuild(program: GoProgram): Promise<string | undefined> {
  const version = pinnedVersion(program).slice(1);
  const file = program.file ?? basename(program.package);
  const built = join(cacheDirectory(), `${program.cachedAs}-${version}`, file);
  if (existsSync(built)) return built;
  if (!isAtLeast(oldestGo, await versionOf("go", ["version"]))) return undefined;
  return build(program, built);
}

/**
 * Under a name of its own until it is whole: another process may build at the same time, or use the result already.
 *
 * @returns `undefined` where Go cannot build it, on a machine without its module proxy for instance.
 */
async function build(program: GoProgram, target: string): Promise<string | undefined> {
  const version = pinnedVersion(program);
  console.warn(`Building the ${program.name} ${version} into ${target}: once a machine, some minutes.`);
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = mkdtempSync(`${target}-`);
  const partial = join(unfinished, basename(target));
  const flags = program.flags?.(version) ?? ["-ldflags", "-w -s"];
  const source = program.package === "." ? "." : join(program.module, program.package);
  try {
    const overlay = program.embeds ? await overlayOf(program, program.embeds, unfinished) : [];
    await run("go", ["build", "-trimpath", ...flags, ...overlay, "-o", partial, source], {
      cwd: program.directory,
      env: { ...process.env, CGO_ENABLED: "0" },
      maxBuffer: 64 * 1024 * 1024,
    });
    renameSync(partial, target);
    return target;
  } catch (error) {
    console.warn(`The ${program.name} ${version} could not be built: ${(error as Error).message}`);
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true });
  }
}

/** @returns where Go keeps the files of the module that a program is built of; it gets them where they are not there. */
export async function moduleFiles({
  directory,
  module,
}: Pick<GoProgram, "directory" | "module">): Promise<string> {
  const { stdout } = await run("go", ["mod", "download", "-json", module], { cwd: directory });
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}

/** Lays files of the module over places in our own package, as Go embeds none of another module's. */
async function overlayOf(
  { directory, module }: GoProgram,
  embeds: Readonly<Record<string, string>>,
  scratch: string,
): Promise<string[]> {
  const root = await moduleFiles({ directory, module });
  const pairs = Object.entries(embeds).map(([ours, theirs]) => [join(directory, ours), join(root, theirs)]);
  const file = join(scratch, "overlay.json");
  writeFileSync(file, JSON.stringify({ Replace: Object.fromEntries(pairs) }));
  return ["-overlay", file];
}
