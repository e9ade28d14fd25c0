import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Admission } from "../browser/admission.ts";
import type { Chromium } from "../browser/chromium.ts";
import type { Load } from "../browser/load.ts";

type Browser = Pick<Chromium, "pipe" | "ended" | "close">;
type Launch = (signal: AbortSignal) => Promise<Browser>;

/** What ends a browser: this role, or something else: a crash, a lack of memory. */
export const browserEnds = ["closed", "died"] as const;

export interface BrowserMetrics {
  readonly registry: Registry;
  /** A browser was asked for and there was no place. */
  refused(): void;
  /** The same way to launch a browser, whose launches and ends are counted. */
  counted(launch: Launch): Launch;
}

/** What the role `browser` counts. @param load the memory of its machine, or of its part of one. */
export function browserMetrics(
  admission: Pick<Admission, "pressure">,
  load: Pick<Load, "memoryLimit" | "availableMemory">,
): BrowserMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("testfarm_browsers", "Browsers that run or start.", () => admission.pressure().running);
  gauge(
    "testfarm_browser_places",
    "Browsers that may run at the same time.",
    () => admission.pressure().maxRunning,
  );
  gauge(
    "testfarm_browser_requests_waiting",
    "Requests that wait for a place.",
    () => admission.pressure().queued,
  );
  gauge(
    "testfarm_browser_memory_bytes",
    "Memory that this role and its browsers use; outside of a container, all that the machine uses.",
    () => load.memoryLimit - Math.min(load.availableMemory(), load.memoryLimit),
  );
  gauge("testfarm_browser_memory_limit_bytes", "Memory that they may use.", () => load.memoryLimit);
  const refusals = new Counter({
    name: "testfarm_browser_refusals_total",
    help: "Requests for which no place was free in time; of several processes the next one is then asked.",
    registers,
  });
  const launches = new Histogram({
    name: "testfarm_browser_launch_duration_seconds",
    help: "Time from the start of a browser until it answers, or fails to.",
    labelNames: ["result"],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const ends = new Counter({
    name: "testfarm_browser_ends_total",
    help: "Browsers that have ended: closed by this role, or died by themselves.",
    labelNames: ["how"],
    registers,
  });
  for (const result of ["ok", "failed"]) launches.zero({ result });
  for (const how of browserEnds) ends.inc({ how }, 0);

  const countEnd = (browser: Browser): Browser => {
    let how: (typeof browserEnds)[number] = "died";
    browser.ended.catch(() => ends.inc({ how }));
    return {
      pipe: browser.pipe,
      ended: browser.ended,
      close() {
        how = "closed";
        return browser.close();
      },
    };
  };

  return {
    registry,
    refused: () => refusals.inc(),
    counted: (launch) => async (signal) => {
      const end = launches.startTimer();
      try {
        const browser = countEnd(await launch(signal));
        end({ result: "ok" });
        return browser;
      } catch (error) {
        end({ result: "failed" });
        throw error;
      }
    },
  };
}
