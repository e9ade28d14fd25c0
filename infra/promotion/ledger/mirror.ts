import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectStore } from "../objects/contract.ts";
import type { LedgerMirror, RunRecord } from "./contract.ts";

const folder = "promotion/";
/** How long the end of a command waits for a mirror that does not answer. Milliseconds. */
const patience = 10_000;

export const toText = (record: RunRecord): string => `${JSON.stringify(record, undefined, 2)}\n`;

/** The mirror of a run in a bucket: `promotion/<run>.json`. */
export const mirrorIn = (objects: ObjectStore, run: string): LedgerMirror => ({
  write: (text) => objects.put(`${folder}${run}.json`, new TextEncoder().encode(text)),
  async read() {
    const body = await objects.get(`${folder}${run}.json`);
    return body && new TextDecoder().decode(body);
  },
});

/** Runs whose mirrors are in a bucket, the newest first. */
export async function mirroredRuns(objects: ObjectStore): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for await (const { key } of objects.list(folder)) {
    if (!key.endsWith(".json")) continue;
    const record = await readMirror(mirrorIn(objects, key.slice(folder.length, -".json".length)));
    if (record) runs.push(record);
  }
  return runs.toSorted((a, b) => b.plan.createdAt.localeCompare(a.plan.createdAt));
}

/** What a mirror says; `undefined` when there is none. */
export async function readMirror(mirror: LedgerMirror): Promise<RunRecord | undefined> {
  const text = await mirror.read();
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord);
}

/**
 * Writes to a mirror in the background, the newest state only: a promotion's window is not spent on it.
 *
 * @param note hears when it stops working.
 */
export function keepMirrored(mirror: LedgerMirror, text: () => string, note: (text: string) => void) {
  let writing: Promise<void> | undefined;
  let isStale = false;
  let works = true;
  const write = async () => {
    while (isStale) {
      isStale = false;
      try {
        await mirror.write(text());
        works = true;
      } catch (error) {
        if (works)
          note(`The ledger is not mirrored: ${error instanceof Error ? error.message : String(error)}`);
        works = false;
      }
    }
    writing = undefined;
  };
  return {
    touch() {
      isStale = true;
      writing ??= write();
    },
    async flush() {
      await Promise.race([writing, sleep(patience, undefined, { ref: false })]);
    },
  };
}
