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
  /** Measures baseline and subject in turns, so that a busy machine slows both. */
  run(rounds: number): Promise<Row[]>;
}
