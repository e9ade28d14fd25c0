import { chromium as playwright } from "playwright-core";
import type { Access } from "../egress/own-site.ts";
import { startEgress } from "../egress/proxy.ts";
import type { Chromium } from "./chromium.ts";
import type { BrowserProvider, LaunchedBrowser } from "./contract.ts";
import { createLauncher, type LauncherOptions } from "./launcher.ts";
import { guardedTransport } from "./transport.ts";
import { unlessAborted } from "./unless-aborted.ts";

interface Options extends LauncherOptions {
  /** What a session's browser may reach, by the site that it tests. Default: whatever this machine can. */
  readonly accessFor?: (site: string) => Promise<Access>;
}

/** Launches a Chromium of this machine for each session, with a filter of its own where its access is limited. */
export function localBrowsers({ accessFor, ...options }: Options): BrowserProvider {
  const launcher = createLauncher(options);
  return {
    async launch(signal, site) {
      if (accessFor === undefined) return connect(await launcher.start(signal), signal);
      const { policy, direct } = await accessFor(site);
      const egress = await startEgress({ hostname: "127.0.0.1", port: 0, policy });
      try {
        const chromium = await launcher.start(signal, { url: `http://127.0.0.1:${egress.port}`, direct });
        const { browser, close } = await connect(chromium, signal);
        return { browser, close: () => close().finally(egress.close) };
      } catch (error) {
        await egress.close();
        throw error;
      }
    },
  };
}

async function connect(chromium: Chromium, signal: AbortSignal): Promise<LaunchedBrowser> {
  try {
    const connecting = playwright.connectOverCDP(guardedTransport(chromium.pipe), {
      artifactsDir: chromium.scratch,
      timeout: 30_000,
    });
    const browser = await unlessAborted(Promise.race([connecting, chromium.ended]), signal);
    return { browser, close: chromium.close };
  } catch (error) {
    await chromium.close();
    throw error;
  }
}
