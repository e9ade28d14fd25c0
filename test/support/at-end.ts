import { afterAll } from "vitest";

const closers: (() => unknown)[] = [];

/** Closes something at the end of a test file: the newest first, and the older ones whatever becomes of it. */
export function atEnd(close: () => unknown): void {
  closers.push(close);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, "Not everything that the tests opened could be closed.");
});
