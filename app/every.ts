/**
 * Does something now and again after each interval, never twice at the same time, until it is closed.
 *
 * @param milliseconds the interval, or what says it anew each time.
 */
export function every(
  milliseconds: number | (() => number),
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): { close(): Promise<void> } {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;

  async function round(): Promise<void> {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    if (isClosed) return;
    timer = setTimeout(
      () => {
        running = round();
      },
      typeof milliseconds === "number" ? milliseconds : milliseconds(),
    );
  }

  running = round();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
