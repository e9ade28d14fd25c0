import type { End } from "./contract.ts";
import { keepMoment } from "./moment.ts";
import { type Sides, withReaders } from "./readers.ts";
import { compareRows, fingerprints, type Limits } from "./rows.ts";

/** All rows of both sides, each as it was in a moment that is kept: while nobody may write only what has changed is read. */
export interface Ahead {
  /** How many the source had. */
  readonly rows: number;
  /**
   * Compares both sides as they are now; all rows are read again where something is not the same, and where one of the
   * moments is kept no more.
   *
   * @param comparing with readers of now.
   */
  since(comparing: Sides & Limits): ReturnType<typeof compareRows>;
  /** Lets both moments go. */
  release(): Promise<void>;
}

/** Reads both sides while they are written to. */
export async function readAhead(
  ends: { readonly source: End; readonly target: End },
  limits: Limits,
): Promise<Ahead> {
  const source = await keepMoment(ends.source.databaseUrl);
  const target = await keepMoment(ends.target.databaseUrl).catch(async (error: unknown) => {
    await source.release();
    throw error;
  });
  const release = async () => {
    await Promise.allSettled([source.release(), target.release()]);
  };
  const then = [
    { end: ends.source, snapshot: source.snapshot },
    { end: ends.target, snapshot: target.snapshot },
  ] as const;
  try {
    const read = await withReaders(then, limits.jobs, (sides) => fingerprints(sides, limits));
    return {
      rows: [...read.source.values()].reduce((sum, { rows }) => sum + Number(rows), 0),
      async since(comparing) {
        try {
          return await withReaders(then, comparing.jobs, (readers) =>
            compareRows({ ...comparing, ahead: { ...read, readers } }),
          );
        } catch (error) {
          if (comparing.signal?.aborted) throw error;
          return compareRows(comparing);
        }
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}
