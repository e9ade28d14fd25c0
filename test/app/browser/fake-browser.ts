import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import type { Pipe } from "../../../app/browser/pipe.ts";

/** A browser that takes a moment to start and to end, and repeats what it is told. */
export function fakeBrowser() {
  let fail!: (error: Error) => void;
  const ended = new Promise<never>((_, reject) => (fail = reject));
  ended.catch(() => undefined);
  const pipe: Pipe = { send: (message) => pipe.onMessage?.(message), close: () => undefined };
  return {
    pipe,
    ended,
    dies: () => fail(new Error("killed")),
    close: vi.fn<() => Promise<void>>(() => sleep(5)),
  };
}
