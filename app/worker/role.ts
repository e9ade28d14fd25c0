import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { workerMetrics } from "../metrics/worker.ts";
import { addressesOf, openServices } from "../services.ts";
import { serveHealth } from "./health.ts";
import { startWorker } from "./start.ts";
import { workerTools } from "./tools.ts";

/** The role `worker`. */
export async function startRole(env: Env<"worker">, log: Logger): Promise<{ close(): Promise<void> }> {
  const services = await openServices(addressesOf(env), log);
  const concurrency = env.WORKER_CONCURRENCY ?? 1;
  const metrics = workerMetrics(concurrency);
  const closing = new AbortController();
  const { ready } = services;
  const health = await serveHealth({ port: env.PORT ?? 3001, metrics, ready, closing: closing.signal });
  const worker = await startWorker({
    ...services,
    ...workerTools(env, (message) => log.warn(message)),
    concurrency,
    metrics,
  });
  log.info({ concurrency, port: health.port }, "waiting for sessions");
  return {
    async close() {
      closing.abort();
      await worker.close();
      await health.close();
      await services.close();
    },
  };
}
