import type { Progress } from "../contract.ts";
import type { Listing } from "../objects/contract.ts";
import type { Ahead } from "./ahead.ts";
import type { Difference, End, Measured, Moment } from "./contract.ts";
import { compareObjects } from "./objects.ts";
import { withReaders } from "./readers.ts";
import { compareRows } from "./rows.ts";
import { compareSequences, compareStructure } from "./structure.ts";

interface Verifying {
  readonly source: End;
  readonly target: End;
  /** Of the source, where others write to it, with the screenshots that it had then. Default: now. */
  readonly moment?: (Moment & { readonly objects: Listing }) | undefined;
  /** What was read ahead of both sides, so that only what has changed since is read now. Default: all is read. */
  readonly ahead?: Ahead | undefined;
  /** Connections to each side. Default: 4. */
  readonly jobs?: number;
  /** `all`: what is in them too; `sizes`: only which ones there are, and how long. */
  readonly objects: "all" | "sizes";
  readonly signal?: AbortSignal | undefined;
  readonly report?: ((progress: Progress) => void) | undefined;
  /** Hears at the end what it has gone through. */
  readonly measured?: (measured: Measured) => void;
}

/**
 * Compares all that a promotion moves, on both sides at the same time: every row, sequences, indexes and constraints, every
 * object. It writes nothing, and sees one moment of each side: where others write to the source, that has to be the one that
 * was copied.
 *
 * @returns nothing where they are the same.
 * @throws {PromotionError} when a side does not answer, naming it.
 */
export async function verify(options: Verifying): Promise<Difference[]> {
  const { source, target, moment, ahead, jobs = 4, objects, report, measured } = options;
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  const limits = { signal, report };
  try {
    const [data, files] = await Promise.all([
      timed(compareData({ source, target, moment, ahead, jobs, ...limits })),
      timed(compareObjects({ source, target, objects, moment: moment?.objects, ...limits })),
    ]);
    measured?.({
      rows: data.found.rows,
      rowsRead: data.found.rowsRead,
      objects: files.found.objects,
      rowsPerSecond: Math.round(data.found.rows / data.seconds),
      objectsPerSecond: Math.round(files.found.objects / files.seconds),
    });
    return [...data.found.differences, ...files.found.differences];
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

async function compareData({
  moment,
  ahead,
  jobs,
  ...options
}: Pick<Verifying, "source" | "target" | "moment" | "ahead" | "signal" | "report"> & {
  readonly jobs: number;
}) {
  const source = { end: options.source, snapshot: moment?.snapshot };
  return withReaders([source, { end: options.target }], jobs, async (sides) => {
    const compared = { ...options, ...sides, jobs };
    const structure = [
      ...(await compareStructure(sides)),
      ...(await compareSequences(sides, moment?.sequences)),
    ];
    const found = await (ahead?.since(compared) ?? compareRows(compared));
    return { ...found, differences: [...structure, ...found.differences] };
  });
}

async function timed<T>(work: Promise<T>): Promise<{ readonly found: T; readonly seconds: number }> {
  const started = performance.now();
  const found = await work;
  return { found, seconds: (performance.now() - started) / 1_000 };
}
