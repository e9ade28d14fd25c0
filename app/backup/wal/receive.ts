import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { type Run, runUntil } from "../programs.ts";
import { removeUnfinished, waitingIn } from "./directory.ts";
import { slotName } from "./slot.ts";

/** How often it is looked how many segments wait. Milliseconds. */
const interval = 1_000;

interface Options extends Pick<Run, "url" | "directory"> {
  /** Takes the segments. */
  readonly into: string;
  /** How many may wait. More are received once none waits any more; until then the server keeps them. */
  readonly most: number;
  /** Whether those that wait have to be gone first, since the server's next one does not follow them. */
  readonly afterThem: boolean;
  readonly log: Logger;
}

/** Receives the server's log while it is written. @throws when the server gives no more. */
export async function receive(
  signal: AbortSignal,
  { into, most, afterThem, log, ...connection }: Options,
): Promise<void> {
  const waiting = async () => (await waitingIn(into)).length;
  const options = [`--directory=${into}`, `--slot=${slotName}`, "--compress=gzip", "--no-loop"];
  const run: Run = { program: "pg_receivewal", options: [...options, "--no-password"], ...connection };
  let least = afterThem ? 0 : most - 1;
  while (await until(signal, async () => (await waiting()) <= least)) {
    await removeUnfinished(into);
    const full = new AbortController();
    const either = AbortSignal.any([signal, full.signal]);
    const ended = runUntil(either, run).finally(() => full.abort());
    const watch = async () => {
      if (await until(either, async () => (await waiting()) >= most))
        log.warn({ waiting: most }, "too much of the log waits for the bucket: no more is received");
      full.abort();
    };
    await Promise.all([ended, watch()]);
    least = 0;
  }
}

/** Waits for something. @returns whether it has come; not, when it was not to wait any more. */
async function until(signal: AbortSignal, hasCome: () => Promise<boolean>): Promise<boolean> {
  while (!signal.aborted) {
    if (await hasCome()) return true;
    await setTimeout(interval, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
