/** Does something. @returns what it has found, and the seconds that it took. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly found: T; readonly seconds: number }> {
  const began = performance.now();
  const found = await work();
  return { found, seconds: Math.round((performance.now() - began) / 100) / 10 };
}
