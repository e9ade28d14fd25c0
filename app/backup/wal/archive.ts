import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Client } from "pg";
import type { Logger } from "pino";
import { every } from "../../every.ts";
import type { BackupMetrics } from "../../metrics/backup.ts";
import { withLock } from "../connection.ts";
import type { Context } from "../make.ts";
import { commitNothing } from "./base.ts";
import { waitingIn } from "./directory.ts";
import { receive } from "./receive.ts";
import { beginOfRun, isSegment, positionOf } from "./segments.ts";
import { ensureSlot, type Slot } from "./slot.ts";
import { upload } from "./upload.ts";

/** `TFwa`: any number that no other advisory lock of the application uses. */
export const lock = 0x54467761;
/** After which it is tried again: when it has failed, or another process is at it. Milliseconds. */
const retryAfter = 5_000;
/** How often something is committed, so that a moment at which nobody writes can be restored too. Milliseconds. */
const heartbeat = 5 * 60 * 1000;

interface Options extends Context {
  /** Directory that outlives this process: what is in it is not in the bucket yet. */
  readonly directory: string;
  /** Segments that may wait for a bucket that is away. 64 take 1 GB at most. */
  readonly most: number;
  readonly metrics: BackupMetrics;
  readonly log: Logger;
}

/** What the bucket gets without a hole from here on. */
export interface Covered {
  /** Identifier of the server. */
  readonly system: string;
  /** Position of the first segment. */
  readonly from: number;
}

/**
 * Brings the server's log into the bucket while it is written, until it is closed. Of any number of processes one works,
 * and the others wait for their turn.
 */
export function archiveWal(options: Options) {
  const { url, metrics, log } = options;
  const closing = new AbortController();
  let covered: Covered | undefined;

  async function work(client: Client): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    client.once("end", end);
    const signal = AbortSignal.any([closing.signal, over.signal]);
    try {
      const slot = await ensureSlot(client);
      const into = join(options.directory, slot.system);
      await mkdir(into, { recursive: true, mode: 0o700 });
      const first = async () => {
        covered = await examine(options, slot, into);
      };
      const { store, most, programs: directory } = options;
      const parts = [
        receive(signal, { url, directory, into, most, afterThem: slot.isNew, log }),
        upload(signal, { from: into, system: slot.system, store, metrics, log, first }),
        beat(signal, client),
      ];
      // One that fails ends the others.
      const results = await Promise.allSettled(parts.map((part) => part.finally(end)));
      const failed = results.find((result) => result.status === "rejected");
      if (!closing.signal.aborted)
        throw failed?.reason ?? new Error("The database has ended the connection.");
    } finally {
      covered = undefined;
    }
  }

  const onError = (err: unknown) => {
    if (closing.signal.aborted) return;
    metrics.wal.failed();
    log.error({ err }, "the log is not received");
  };
  const working = every(retryAfter, () => withLock(url, lock, work), onError);
  return {
    /** `undefined` as long as this process does not know it, or another one is at it. */
    covered: () => covered,
    async close(): Promise<void> {
      closing.abort();
      await working.close();
    },
  };
}

/** Finds out, and tells, whether what the bucket has leads up to what the server gives. */
async function examine({ store, metrics, log }: Options, slot: Slot, directory: string): Promise<Covered> {
  const { system, next } = slot;
  const stored = await store.wal.list(system);
  const newest = stored.at(-1);
  if (newest) metrics.wal.archived(newest.modified);
  const names = [...stored.map(({ name }) => name), ...(await waitingIn(directory))];
  const positions = names.filter(isSegment).map(positionOf);
  const from = beginOfRun(positions, next);
  if (from === next && positions.some((position) => position < next)) {
    metrics.wal.gap();
    log.error(
      { last: names.filter(isSegment).toSorted().at(-1) },
      "the log has a hole: nothing between its last segment in the bucket and the next backup can be restored",
    );
  }
  return { system, from };
}

async function beat(signal: AbortSignal, client: Client): Promise<void> {
  while (!signal.aborted) {
    await commitNothing(client);
    await setTimeout(heartbeat, undefined, { signal }).catch(() => undefined);
  }
}
