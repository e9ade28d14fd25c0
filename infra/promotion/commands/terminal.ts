/**
 * Aborts at Ctrl-C. The terminal may go away meanwhile, and whoever reads what is said: that ends nothing.
 *
 * What is started meanwhile has to be in a group of its own, which Ctrl-C does not reach.
 */
export function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  process.on("SIGHUP", () => undefined);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return stop.signal;
}
