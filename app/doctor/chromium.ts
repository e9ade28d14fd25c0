import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { localBrowsers } from "../browser/local.ts";
import { ask, good, type Finding, warning } from "./check.ts";

const megabyte = 1024 ** 2;
/** One session's profile, cache and pictures. */
const roomNeeded = 512;

export const chromiumChecks = (executablePath: string | undefined): Promise<Finding[]> =>
  Promise.all([
    ask("Chromium", "Install Chromium, or set PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH to one.", () =>
      launches(executablePath),
    ),
    ask("temporary directory", "Set TMPDIR to a directory that can be written to.", room),
  ]);

async function launches(executablePath: string | undefined): Promise<Finding> {
  const warnings: string[] = [];
  const browsers = localBrowsers({ executablePath, warn: (message) => warnings.push(message) });
  const { browser, close } = await browsers.launch(AbortSignal.timeout(30_000), "about:blank");
  const version = browser.version();
  await close();
  const [problem] = warnings;
  if (problem === undefined) return good("Chromium", `${version} starts, with its sandbox`);
  const [says = problem, ...fix] = problem.split(/(?<=\.) /);
  return warning("Chromium", `${version} starts. ${says}`, fix.join(" "));
}

/** Chromium writes here and not to /dev/shm, of which containers have 64 MB (`--disable-dev-shm-usage`). */
async function room(): Promise<Finding> {
  const { bavail, bsize } = await statfs(tmpdir());
  const free = Math.floor((bavail * bsize) / megabyte);
  if (free >= roomNeeded) return good("temporary directory", `${tmpdir()} has ${free} MB free`);
  return warning(
    "temporary directory",
    `${tmpdir()} has ${free} MB free; a session needs up to ${roomNeeded}`,
    "Free some room, or set TMPDIR to a larger disk.",
  );
}
