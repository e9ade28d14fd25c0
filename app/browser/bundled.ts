import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import type { Executable } from "./executable.ts";

const run = promisify(execFile);
const release = "chromium-147.0.0";

/** Whether `@sparticuz/chromium` carries a Chromium for this machine. */
export const isBundledFor = (platform: NodeJS.Platform, arch: string) =>
  platform === "linux" && arch === "x64";

/** The Chromium that comes with the package, unpacked once per user (200 MB, 2 to 4 s). */
export async function bundledChromium(): Promise<Executable> {
  const cache = await cacheDirectory();
  const directory = join(cache, release);
  if (!(await isThere(directory))) await unpack(cache, directory);
  return {
    path: join(directory, "chromium"),
    // It brings the few libraries and fonts that a bare server lacks.
    env: {
      LD_LIBRARY_PATH: join(directory, "al2023", "lib"),
      FONTCONFIG_FILE: join(directory, "fonts.conf"),
    },
  };
}

/** Unpacks beside the destination and renames, so that processes which start together never see half of it. */
async function unpack(cache: string, directory: string): Promise<void> {
  const staging = await mkdtemp(`${directory}-`);
  try {
    await unpackInto(staging);
    await writeFile(join(staging, "fonts.conf"), fontConfig(directory, cache));
    await rename(staging, directory);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (await isThere(directory)) return;
    throw new Error(
      `The Chromium of @sparticuz/chromium could not be unpacked into ${directory}. It needs 210 MB there; ` +
        "or set PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH to a Chromium of yours.",
      { cause: error },
    );
  }
}

/**
 * In a process of its own: the package unpacks into the temporary directory that its environment names, and takes its
 * libraries along only where the environment looks like a server without them.
 */
async function unpackInto(directory: string): Promise<void> {
  const module = pathToFileURL(createRequire(import.meta.url).resolve("@sparticuz/chromium")).href;
  const program = `import chromium from ${JSON.stringify(module)}; await chromium.executablePath();`;
  await run(process.execPath, ["--input-type=module", "--eval", program], {
    env: { TMPDIR: directory, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
  });
}

const fontConfig = (directory: string, cache: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(directory, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir>${join(cache, "fonts")}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;

/** The user's cache directory; an account without a usable home gets one of its own among the temporary files. */
async function cacheDirectory(): Promise<string> {
  const { uid } = userInfo();
  for (const directory of [join(homedir(), ".cache", "testfarm"), join(tmpdir(), `testfarm-cache-${uid}`)]) {
    if (await isOwn(directory, uid)) return directory;
  }
  throw new Error(
    `Neither ${homedir()} nor ${tmpdir()} takes a directory for the bundled Chromium. ` +
      "Set PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH to a Chromium of yours.",
  );
}

/** A directory that somebody else made could hold somebody else's program. */
async function isOwn(directory: string, uid: number): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK);
    return (await stat(directory)).uid === uid;
  } catch {
    return false;
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
