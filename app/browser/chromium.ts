import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { Executable } from "./executable.ts";
import { openPipe, type Pipe } from "./pipe.ts";
import { makeScratch, removalOptions } from "./scratch.ts";
import { switches, throughProxy, type Proxy } from "./switches.ts";

/** A Chromium that runs, with a directory of its own for all that it writes. */
export interface Chromium {
  readonly pipe: Pipe;
  /** Everything the browser writes is under it. */
  readonly scratch: string;
  /** Rejects with what Chromium said once it has ended. */
  readonly ended: Promise<never>;
  /** Ends all its processes and removes its directory. */
  close(): Promise<void>;
}

/** What `process.exit` has to end, since nothing asynchronous happens after it. */
const running = new Map<ChildProcess, string>();
process.on("exit", () => {
  for (const [child, scratch] of running) {
    if (isRunning(child)) killGroup(child.pid);
    rmSync(scratch, removalOptions);
  }
});

interface Options {
  readonly sandbox: boolean;
  /** Its only way out. Absent: it connects by itself. */
  readonly proxy?: Proxy | undefined;
}

export async function startChromium(executable: Executable, { sandbox, proxy }: Options): Promise<Chromium> {
  const scratch = await makeScratch();
  const flags = [
    ...switches,
    ...(proxy === undefined ? [] : throughProxy(proxy)),
    `--user-data-dir=${join(scratch, "profile")}`,
    ...(sandbox ? [] : ["--no-sandbox"]),
  ];
  const child = spawn(executable.path, flags, {
    // Its own process group, so that all of it can be ended at once.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    // Nothing of our own environment: it holds secrets, and a browser runs strangers' code.
    env: {
      ...executable.env,
      HOME: scratch,
      TMPDIR: scratch,
      LANG: "C.UTF-8",
      PATH: "/usr/local/bin:/usr/bin:/bin",
    },
  });
  running.set(child, scratch);
  // What is left of the group must not outlive its leader; later the number could be somebody else's.
  child.once("exit", () => killGroup(child.pid));
  const exited = once(child, "close").catch(() => undefined);
  const [, , , toBrowser, fromBrowser] = child.stdio as [null, null, Readable, Writable, Readable];
  return {
    pipe: openPipe(toBrowser, fromBrowser),
    scratch,
    ended: rejectAtEnd(child, executable.path),
    async close() {
      if (isRunning(child)) killGroup(child.pid);
      await exited;
      await rm(scratch, removalOptions);
      running.delete(child);
    },
  };
}

function rejectAtEnd(child: ChildProcess, path: string): Promise<never> {
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-4_000)));
  const ended = new Promise<never>((_, reject) => {
    child.once("error", (error) => reject(new Error(`${path} could not be started.`, { cause: error })));
    child.once("close", (code, signal) =>
      reject(new Error(`${path} ended with ${signal ?? `code ${code}`}.\n${output.trim()}`)),
    );
  });
  // The end of a browser that nobody waits for any more is no error.
  ended.catch(() => undefined);
  return ended;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
