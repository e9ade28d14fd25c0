import type { Plan } from "../../../../infra/promotion/contract.ts";
import { LedgerLost, type RunRecord } from "../../../../infra/promotion/ledger/contract.ts";
import { keepLedger, type KeptLedger } from "../../../../infra/promotion/ledger/keep.ts";

/** A ledger's place in memory, which outlives its runners. */
export class Memory {
  record: RunRecord;
  #lost = new AbortController();

  constructor(plan: Plan) {
    this.record = { plan, status: "running", term: 0, entries: [] };
  }

  /**
   * The next runner's ledger; the one before it has lost it then.
   *
   * @param around what happens before an entry is written, and after.
   */
  open(around: (moment: "before" | "after") => unknown = () => undefined): KeptLedger {
    this.#lost.abort(new LedgerLost("Another runner has the lock."));
    this.#lost = new AbortController();
    const lost = this.#lost.signal;
    this.record = { ...this.record, term: this.record.term + 1 };
    const change = async (next: () => RunRecord) => {
      await around("before");
      lost.throwIfAborted();
      this.record = next();
      await around("after");
    };
    return keepLedger(
      this.record,
      () => ({
        lost,
        append: (entry) =>
          change(() => ({ ...this.record, entries: [...this.record.entries, structuredClone(entry)] })),
        finish: (status) => change(() => ({ ...this.record, status })),
      }),
      () => undefined,
    );
  }

  /** What was done and undone, in order: `copy-database`, `-copy-database`. */
  done(): string[] {
    return this.record.entries
      .filter(({ action, status }) => action !== undefined && status === "done")
      .map(({ action, direction }) => (direction === "do" ? action! : `-${action}`));
  }
}

/** A mirror in memory. */
export function memoryMirror() {
  let text: string | undefined;
  return {
    read: async () => text,
    write: async (given: string) => {
      text = given;
    },
  };
}
