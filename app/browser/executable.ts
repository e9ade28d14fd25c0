import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { chromium } from "playwright-core";
import { bundledChromium, isBundledFor } from "./bundled.ts";

/** A Chromium that can be started. */
export interface Executable {
  readonly path: string;
  /** Variables that it needs besides the usual ones. */
  readonly env: Readonly<Record<string, string>>;
}

/** Not Ubuntu's `chromium-browser`: it starts a snap, which cannot see other programs' temporary directories. */
const usualPlaces: { readonly [Platform in NodeJS.Platform]?: readonly string[] } = {
  linux: [
    "/usr/bin/chromium",
    "/usr/bin/google-chrome-stable",
    "/opt/google/chrome/chrome",
    "/usr/lib64/chromium-browser/chromium-browser",
  ],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
};

/**
 * The named Chromium, else one on the machine (a usual place, or Playwright's own), else the bundled one.
 *
 * @throws when the named one cannot be executed, or when there is none: what to install or set.
 */
export async function findChromium(named: string | undefined): Promise<Executable> {
  if (named !== undefined) {
    if (await isExecutable(named)) return { path: named, env: {} };
    throw new Error(
      `PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH is ${JSON.stringify(named)}, which is no program that can be executed. ` +
        "Set it to the path of a Chromium or Chrome, or unset it to use one found on the machine.",
    );
  }
  for (const path of [...(usualPlaces[process.platform] ?? []), chromium.executablePath()]) {
    if (await isExecutable(path)) return { path, env: {} };
  }
  if (isBundledFor(process.platform, process.arch)) return bundledChromium();
  throw new Error(
    `There is no Chromium on this machine, and none is bundled for ${process.platform} ${process.arch}. ` +
      "Install Chromium or Chrome, or set PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH to one.",
  );
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
