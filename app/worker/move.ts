import type { BrowserProvider } from "../browser/contract.ts";
import { HandOver } from "../queue/contract.ts";

/** How long a step that is under way may take when its session has to go elsewhere. Milliseconds. */
const lastStepPatience = 10_000;

/** Whether a session has to go on elsewhere. */
export interface Move {
  /** Aborts with a `HandOver` once it has to. */
  readonly pause: AbortSignal;
  /** The same browsers; when the one that the session gets is leaving, so is the session. */
  readonly browsers: BrowserProvider;
  /** Watches no more. */
  end(): void;
}

/**
 * Watches for what takes a session elsewhere: this worker ends, or the machine of its browser does.
 *
 * @param handOver aborts with a `HandOver` when this worker ends.
 * @param stop is aborted, with the same reason, when the step under way takes longer than it may.
 */
export function watchForMove(handOver: AbortSignal, browsers: BrowserProvider, stop: AbortController): Move {
  const pause = new AbortController();
  const watching = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const move = (reason: HandOver) => {
    if (pause.signal.aborted) return;
    pause.abort(reason);
    deadline = setTimeout(() => stop.abort(reason), lastStepPatience);
  };
  const on = (signal: AbortSignal, reason: () => HandOver) => {
    if (signal.aborted) move(reason());
    else signal.addEventListener("abort", () => move(reason()), { signal: watching.signal });
  };
  on(handOver, () => handOver.reason as HandOver);
  return {
    pause: pause.signal,
    browsers: {
      async launch(signal, site) {
        const launched = await browsers.launch(signal, site);
        if (launched.leaving) on(launched.leaving, () => new HandOver("The session's browser is leaving."));
        return launched;
      },
    },
    end() {
      watching.abort();
      clearTimeout(deadline);
    },
  };
}
