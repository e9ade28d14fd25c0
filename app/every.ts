/** Does something now and again after each interval, never twice at the same time, until it is closed. */
export function every(
  milliseconds: number,
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
    timer = setTimeout(() => {
      running = round();
    }, milliseconds);
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
