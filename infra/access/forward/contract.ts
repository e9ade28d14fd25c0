/** An address that the engine's machine reaches. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Forwarded {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}
