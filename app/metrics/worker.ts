import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What an attempt spends its time on, in the order of a step. */
export const parts = ["browser", "look", "think", "act", "record"] as const;
export type Part = (typeof parts)[number];

/** How an attempt can end: with the session's verdict, on another worker, or with an error that a further try follows. */
export const attemptEnds = ["passed", "failed", "superseded", "handed_over", "error"] as const;
export type AttemptEnd = (typeof attemptEnds)[number];

export interface WorkerMetrics {
  readonly registry: Registry;
  /** An attempt has begun; call what it returns when it ends. */
  attempt(): (end: AttemptEnd) => void;
  part(part: Part, seconds: number): void;
  /** What a model has read and written. */
  tokens(number: number): void;
}

/** What one worker counts. @param concurrency sessions that it runs at the same time, at most. */
export function workerMetrics(concurrency: number): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const running = new Gauge({
    name: "testfarm_worker_sessions",
    help: "Sessions that run on this worker.",
    registers,
  });
  new Gauge({
    name: "testfarm_worker_places",
    help: "Sessions that this worker runs at the same time, at most.",
    registers,
  }).set(concurrency);
  const attempts = new Counter({
    name: "testfarm_attempts_total",
    help: "Attempts by how they ended: with a verdict, superseded, handed over to another worker, or with an error.",
    labelNames: ["end"],
    registers,
  });
  const durations = new Histogram({
    name: "testfarm_step_part_duration_seconds",
    help: "Time until a session has its browser, and then in each step to look at the page, think, act and record.",
    labelNames: ["part"],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const tokens = new Counter({
    name: "testfarm_model_tokens_total",
    help: "Tokens that the model has read and written.",
    registers,
  });
  // Known at the first scrape, so that the first of its kind is an increase.
  for (const end of attemptEnds) attempts.inc({ end }, 0);
  for (const part of parts) durations.zero({ part });
  return {
    registry,
    attempt() {
      running.inc();
      return (end) => {
        running.dec();
        attempts.inc({ end });
      };
    },
    part: (part, seconds) => durations.observe({ part }, seconds),
    tokens: (number) => tokens.inc(number),
  };
}
