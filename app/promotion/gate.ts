import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { type Gate, readGate } from "../db/gate.ts";
import { every } from "../every.ts";

/** What a process knows of the gate, and whom it tells when that changes. */
export interface GateWatch {
  /** The epoch that the process has started with. */
  readonly epoch: number;
  /** As it was when it was looked at last, less the time since: what would be open by now is open. */
  now(): Gate;
  /** Looks at once. Where the database cannot be reached the last answer stays. */
  refresh(): Promise<Gate>;
  /** Resolves once the gate is as it is wished to be. @throws the signal's reason when that aborts first. */
  when(isWished: (gate: Gate) => boolean, signal: AbortSignal): Promise<void>;
  whenOpen(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  /** Milliseconds between two looks while it is open. Default: 1 s. */
  readonly interval?: number;
  /** Hears that it could not be looked at. */
  readonly onError?: (error: unknown) => void;
}

/** While it is not open, requests and sessions wait for it. Milliseconds. */
const whileClosed = 250;

export const isOpen = ({ state }: Gate): boolean => state === "open";
/** The installation has moved: here it is not opened any more, but for going back. */
export const isMoved = ({ left }: Gate): boolean => left === Infinity;

/** @throws when the database cannot be reached, or is not migrated. */
export async function watchGate(
  db: Pick<Database, "execute">,
  { interval = 1_000, onError = () => undefined }: Options = {},
): Promise<GateWatch> {
  const look = async () => {
    const at = performance.now();
    return { gate: await read(db), at };
  };
  let last = await look();
  const waiting = new Set<() => void>();

  const now = (): Gate => {
    const { gate, at } = last;
    const left = Math.max(0, gate.left - (performance.now() - at));
    return gate.state !== "open" && left === 0
      ? { ...gate, state: "open", left, hasLapsed: true }
      : { ...gate, left };
  };
  const refresh = async (): Promise<Gate> => {
    try {
      const found = await look();
      // Of two looks at the same time the later one counts, whichever is answered first.
      if (found.at > last.at) last = found;
    } catch (error) {
      onError(error);
    }
    for (const tell of waiting) tell();
    return now();
  };
  const when: GateWatch["when"] = (isWished, signal) =>
    new Promise((resolve, reject) => {
      const settle = () => {
        if (!signal.aborted && !isWished(now())) return;
        waiting.delete(settle);
        signal.removeEventListener("abort", settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      waiting.add(settle);
      signal.addEventListener("abort", settle);
      settle();
    });

  const looking = every(() => (isOpen(now()) ? interval : whileClosed), refresh, onError);
  return {
    epoch: last.gate.epoch,
    now,
    refresh,
    when,
    whenOpen: (signal) => when(isOpen, signal),
    close: () => looking.close(),
  };
}

const read = (db: Pick<Database, "execute">): Promise<Gate> =>
  readGate(async <Row extends object>(statement: string) => {
    const { rows } = await db.execute(sql.raw(statement));
    return rows as Row[];
  });
