/** One measured figure, beside its baseline of the same run. */
export interface Row {
  readonly what: string;
  readonly baseline?: string;
  readonly measured: string;
  readonly target?: string;
  readonly met?: boolean;
}

export interface Bench {
  readonly name: string;
  /** How it measures, in a few words, with how many rounds. */
  readonly how: string;
  /** Takes so long that it runs only when it is asked for: `npm run bench -- soak`. */
  readonly isSoak?: boolean;
  /** Measures baseline and subject in turns where it can, so that a busy machine slows both. */
  run(): Promise<Row[]>;
}

export const median = (numbers: readonly number[]): number => percentile(numbers, 50);

/** The least of the numbers that `percent` of them do not exceed. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
