import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium as playwright } from "playwright-core";
import { startChromium, type Chromium } from "./chromium.ts";
import type { BrowserProvider, LaunchedBrowser } from "./contract.ts";
import { findChromium, type Executable } from "./executable.ts";
import { sweepScratch } from "./scratch.ts";

export interface LocalBrowserOptions {
  /** Default: one that is found on the machine, else the bundled one. */
  readonly executablePath?: string | undefined;
  /** Hears once why Chromium's sandbox is off, where it is. Default: the console. */
  readonly warn?: (message: string) => void;
}

const asRoot = "Chromium's sandbox is off: it does not work for root. Run TestFarm as another user.";
const noNamespaces =
  "Chromium's sandbox is off: this kernel gives it no user namespaces. Allow them " +
  "(https://chromium.googlesource.com/chromium/src/+/main/docs/security/apparmor-userns-restrictions.md).";

/** Launches a Chromium of this machine for each session, each with its own processes and temporary directory. */
export function localBrowsers({ executablePath, warn = console.warn }: LocalBrowserOptions): BrowserProvider {
  let prepared: Promise<Executable> | undefined;
  let sandbox = true;
  const withoutSandbox = (why: string) => {
    if (sandbox) warn(why);
    sandbox = false;
  };
  const prepare = async () => {
    if (userInfo().uid === 0) withoutSandbox(asRoot);
    const [executable] = await Promise.all([findChromium(executablePath), sweepScratch()]);
    return executable;
  };

  const launch = async (signal: AbortSignal): Promise<LaunchedBrowser> => {
    prepared ??= prepare();
    prepared.catch(() => (prepared = undefined));
    const executable = await prepared;
    signal.throwIfAborted();
    const chromium = await startChromium(executable, sandbox);
    try {
      return await connect(chromium, signal);
    } catch (error) {
      await chromium.close();
      signal.throwIfAborted();
      if (!sandbox || !/sandbox|namespace/i.test(String(error))) throw error;
      withoutSandbox(noNamespaces);
      return launch(signal);
    }
  };
  return { launch };
}

async function connect(chromium: Chromium, signal: AbortSignal): Promise<LaunchedBrowser> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  const connecting = playwright.connectOverCDP(chromium.transport, {
    artifactsDir: chromium.scratch,
    timeout: 30_000,
  });
  // The end of its pipe is heard before the end of a program, which tells more.
  const connected = connecting.catch((error: unknown) =>
    Promise.race([chromium.ended, sleep(1_000).then(() => Promise.reject(error))]),
  );
  connected.catch(() => undefined);
  const browser = await Promise.race([connected, chromium.ended, aborted]);
  return { browser, close: chromium.close };
}
