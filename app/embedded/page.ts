import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const built = join(root, "dist", "web");
const sources = [join(root, "app", "web"), join(root, "app", "contract.ts")];

/**
 * The built page, built first where there is none or its sources are newer.
 *
 * @param onBuild is called when it takes that.
 * @returns its directory.
 */
export async function preparePage(onBuild: () => void): Promise<string> {
  const changed = Math.max(...(await Promise.all(sources.map(newest))));
  if ((await newest(join(built, "index.html"))) >= changed) return built;
  onBuild();
  const { build } = await import("vite");
  // Beside its place and then into it: whoever looks there finds a whole page, whatever becomes of this process.
  const outDir = `${built}-${process.pid}`;
  await build({ root: join(root, "app", "web"), logLevel: "error", build: { outDir } });
  await rm(built, { recursive: true, force: true });
  await rename(outDir, built);
  return built;
}

/** Time of the newest file under a path; 0 where there is none. */
async function newest(path: string): Promise<number> {
  try {
    const entry = await stat(path);
    if (!entry.isDirectory()) return entry.mtimeMs;
    const files = await readdir(path, { recursive: true });
    const times = files.map(async (file) => (await stat(join(path, file))).mtimeMs);
    return Math.max(...(await Promise.all(times)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
