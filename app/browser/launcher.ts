import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { startChromium, type Chromium } from "./chromium.ts";
import { findChromium, type Executable } from "./executable.ts";
import { sweepScratch } from "./scratch.ts";
import type { Proxy } from "./switches.ts";

export interface LauncherOptions {
  /** Default: one that is found on the machine, else the bundled one. */
  readonly executablePath?: string | undefined;
  /** Hears once why Chromium's sandbox is off, where it is. Default: the console. */
  readonly warn?: (message: string) => void;
}

/** Starts Chromiums of this machine, each with its own processes and temporary directory. */
export interface Launcher {
  /**
   * A Chromium that answers.
   *
   * @param proxy its only way out. Absent: it connects by itself.
   * @throws the signal's reason when that aborts, else what is wrong with the program.
   */
  start(signal: AbortSignal, proxy?: Proxy): Promise<Chromium>;
}

const asRoot = "Chromium's sandbox is off: it does not work for root. Run TestFarm as another user.";
const noNamespaces =
  "Chromium's sandbox is off: this kernel gives it no user namespaces. Allow them " +
  "(https://chromium.googlesource.com/chromium/src/+/main/docs/security/apparmor-userns-restrictions.md).";

const patience = 30_000;

/** Chromium was seen to crash as it starts, once among thousands, and not to do it again. */
const crash = / ended with SIG(SEGV|ABRT|BUS|ILL|TRAP)\./;

export function createLauncher({ executablePath, warn = console.warn }: LauncherOptions): Launcher {
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

  const start = async (signal: AbortSignal, proxy?: Proxy, isAgain = false): Promise<Chromium> => {
    prepared ??= prepare();
    prepared.catch(() => (prepared = undefined));
    const executable = await prepared;
    signal.throwIfAborted();
    const chromium = await startChromium(executable, { sandbox, proxy });
    try {
      await answers(chromium, signal);
      return chromium;
    } catch (error) {
      await chromium.close();
      signal.throwIfAborted();
      if (sandbox && /sandbox|namespace/i.test(String(error))) {
        withoutSandbox(noNamespaces);
        return start(signal, proxy, isAgain);
      }
      if (!isAgain && crash.test(String(error))) return start(signal, proxy, true);
      throw error;
    }
  };
  return { start: (signal, proxy) => start(signal, proxy) };
}

/** Waits for the first answer; its id is one that no client uses. */
async function answers({ pipe, ended }: Chromium, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  const answered = new Promise<void>((resolve) => (pipe.onMessage = () => resolve()));
  pipe.send(JSON.stringify({ id: 0, method: "Browser.getVersion" }));
  const late = sleep(patience, undefined, { signal: stop }).then(() => {
    throw new Error(`Chromium did not answer within ${patience / 1_000} s.`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([answered, ended, late]);
  } finally {
    done.abort();
    pipe.onMessage = undefined;
  }
}
