/** Ends this process when the engine that started it is gone: one that was killed ends no plugin. Call it first. */
export function endWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit();
  }, 1_000);
}
