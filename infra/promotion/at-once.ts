interface Limits<T> {
  readonly jobs: number;
  /** What the work with one takes, and what may be taken at the same time. One that takes more is worked with alone. */
  readonly bytes?: { readonly of: (item: T) => number; readonly budget: number };
  /** Ends it at once when it aborts, whatever hangs. */
  readonly signal?: AbortSignal | undefined;
}

/** Does some work with each, several at the same time. @throws what the first one throws that fails; no other is begun. */
export async function atOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limits: Limits<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const { signal } = limits;
  signal?.throwIfAborted();
  const all = allOf(items, limits, work);
  if (signal === undefined) return all;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    void all.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function allOf<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { jobs, bytes, signal }: Limits<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  let taken = 0;
  try {
    for await (const item of items) {
      const takes = bytes ? Math.min(bytes.of(item), bytes.budget) : 0;
      const isFull = () => running.size >= jobs || (bytes !== undefined && taken + takes > bytes.budget);
      while (isFull()) await Promise.race(running);
      if (failures.length > 0 || signal?.aborted === true) break;
      taken += takes;
      const task = work(item)
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          taken -= takes;
          running.delete(task);
        });
      running.add(task);
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}
