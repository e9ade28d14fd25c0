import { isBundledFor } from "../../app/browser/bundled.ts";
import type { BrowserProvider } from "../../app/browser/contract.ts";
import { findChromium } from "../../app/browser/executable.ts";
import { localBrowsers } from "../../app/browser/local.ts";
import type { Service } from "./services.ts";

const executablePath = process.env["PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"] || undefined;

/** Browsers for tests: the Chromium that the application itself would launch here. */
export const testBrowsers = (): BrowserProvider => localBrowsers({ executablePath, warn: () => undefined });

export const chromium: Service<BrowserProvider> = {
  name: "Chromium",
  needs: "Install Chromium or Chrome, or set PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH to one.",
  find: () =>
    findChromium(executablePath).then(
      () => testBrowsers(),
      // A bundled Chromium that does not unpack is a failure, not a missing service.
      (error: unknown) => (isBundledFor(process.platform, process.arch) ? Promise.reject(error) : undefined),
    ),
};
