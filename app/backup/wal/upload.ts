import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { BackupMetrics } from "../../metrics/backup.ts";
import type { BackupStore } from "../store.ts";
import { fileOf, waitingIn } from "./directory.ts";

/** How often it is looked whether something waits, and after what time it is tried again. Milliseconds. */
const interval = 1_000;
const retryAfter = 10_000;

interface Options {
  /** Where the segments wait. */
  readonly from: string;
  /** Identifier of the server. */
  readonly system: string;
  readonly store: BackupStore;
  readonly metrics: Pick<BackupMetrics, "wal">;
  readonly log: Logger;
  /** Done before the first one, and tried again like one. */
  readonly first: () => Promise<void>;
}

/** Puts what waits into the bucket, the oldest first, until `signal` aborts. A file goes once the bucket has it. */
export async function upload(
  signal: AbortSignal,
  { from, system, store, metrics, log, first }: Options,
): Promise<void> {
  let hasBegun = false;
  async function uploadAll(): Promise<void> {
    if (!hasBegun) await first();
    hasBegun = true;
    const names = await waitingIn(from);
    metrics.wal.waiting(names.length);
    for (const [index, name] of names.entries()) {
      if (signal.aborted) return;
      const file = fileOf(from, name);
      await store.wal.put(system, name, createReadStream(file, { signal }));
      await rm(file);
      metrics.wal.archived(new Date());
      metrics.wal.waiting(names.length - index - 1);
    }
  }
  while (!signal.aborted) {
    let wait = interval;
    try {
      await uploadAll();
    } catch (err) {
      if (signal.aborted) return;
      metrics.wal.failed();
      log.error({ err }, "the log does not get into the bucket");
      wait = retryAfter;
    }
    await setTimeout(wait, undefined, { signal }).catch(() => undefined);
  }
}
