const closers: (() => unknown)[] = [];

/** Closes something at the end of a test file, or of a bench: the newest first, the older ones whatever becomes of it. */
export function atEnd(close: () => unknown): void {
  closers.push(close);
}

/** What `vitest.setup.ts` calls after a file's tests. @throws with all that could not be closed. */
export async function closeAll(): Promise<void> {
  const failures: unknown[] = [];
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, "Not everything that was opened could be closed.");
}
