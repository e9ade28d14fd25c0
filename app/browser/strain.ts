import type { Load } from "./load.ts";

/** What one session needs, measured: 230 MB on average, 350 MB at the 95th percentile. */
export const bytesPerSession = 350 * 1_024 * 1_024;

/** What the machine lacks for another session. */
export type Shortage = "memory" | "cpu";

/** Share of the processors above which no session is added, and below which they are again: not on and off in turn. */
const cpuBounds = { upper: 0.95, lower: 0.85 };

/** Weight of the newest second: loading a page takes all processors, and is no shortage until it lasts. */
const newest = 0.1;

/** Watches the machine, a sample a second. */
export function watchStrain(load: Load) {
  let cpu = 0;
  let isBusy = false;
  const sample = () => {
    cpu += newest * (load.cpu() - cpu);
    isBusy = cpu > (isBusy ? cpuBounds.lower : cpuBounds.upper);
  };
  const timer = setInterval(sample, 1_000);
  timer.unref();
  return {
    sample,
    /** @param starting sessions that have been let in and do not use their memory yet. */
    shortage(starting: number): Shortage | undefined {
      if (load.availableMemory() < (starting + 1) * bytesPerSession) return "memory";
      return isBusy ? "cpu" : undefined;
    },
    close: () => clearInterval(timer),
  };
}
