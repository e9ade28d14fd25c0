import type { SessionAnnouncements } from "../events/contract.ts";

export interface Changes {
  /** Resolves when the session may have new events, or to `silence` after a time without any, and when it all ends. */
  next(): Promise<"change" | "silence">;
  end(): void;
}

/**
 * A session's announcements for a reader that goes at its own pace: however many arrive while it is busy, they are one
 * reason to look again, so that a slow reader costs no memory.
 */
export function changes(
  announcements: SessionAnnouncements,
  sessionId: string,
  patience: number,
  signal: AbortSignal,
): Changes {
  let hasChanged = false;
  let wake: (() => void) | undefined;
  const note = () => {
    hasChanged = true;
    wake?.();
  };
  const unsubscribe = announcements.subscribe(sessionId, note);
  signal.addEventListener("abort", note);

  return {
    async next() {
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patience);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      const result = hasChanged ? "change" : "silence";
      hasChanged = false;
      return result;
    },
    end() {
      unsubscribe();
      signal.removeEventListener("abort", note);
      note();
    },
  };
}
