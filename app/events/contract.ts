/** Where a session has got to: the `seq` of its newest event. */
export interface Position {
  readonly sessionId: string;
  readonly seq: number;
}

/**
 * Hears that a session may have new events. `seq` is missing when announcements can have been lost: look again.
 * Announcements are hints; the events themselves are read from PostgreSQL, where they are written first.
 */
export type Listener = (seq?: number) => void;

export interface SessionAnnouncements {
  /** Tells every process that listens. Call it after the event is committed. One that cannot be sent is no failure. */
  publish(position: Position): Promise<void>;
  /** @returns the function that ends the subscription. */
  subscribe(sessionId: string, listener: Listener): () => void;
  /** Whether announcements arrive at this moment; a process that hears none is not ready. */
  isListening(): boolean;
  close(): Promise<void>;
}
