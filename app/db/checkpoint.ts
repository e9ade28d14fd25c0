import type { SessionEvent } from "../contract.ts";
import type { Checkpoint } from "../session/contract.ts";

/** Where an attempt has got to by its events, in order; `undefined` before its first step is complete. */
export function checkpointOf(events: readonly SessionEvent[]): Checkpoint | undefined {
  const history: Checkpoint["history"][number][] = [];
  let step = 0;
  let tokens = 0;
  let milliseconds = 0;
  let since = 0;
  for (const event of events) {
    const at = Date.parse(event.at);
    // Between one worker's last event and the next one's first the session only waited.
    if (event.type !== "started" && event.type !== "continued") milliseconds += at - since;
    since = at;
    if (event.type !== "step") continue;
    const { description, error, url } = event;
    history.push({ description, error, url });
    step = event.step;
    tokens += event.tokens ?? 0;
  }
  return step === 0 ? undefined : { step, history, spent: { tokens, milliseconds } };
}
