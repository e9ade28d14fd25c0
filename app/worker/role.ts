import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { openServices } from "../services.ts";
import { startWorker } from "./start.ts";
import { workerTools } from "./tools.ts";

/** The role `worker`. */
export async function startRole(env: Env<"worker">, log: Logger): Promise<{ close(): Promise<void> }> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, STORAGE_DIR, WORKER_CONCURRENCY } = env;
  const services = await openServices(
    {
      databaseUrl: DATABASE_URL,
      directUrl: DATABASE_DIRECT_URL ?? DATABASE_URL,
      storageDirectory: STORAGE_DIR,
    },
    log,
  );
  const concurrency = WORKER_CONCURRENCY ?? 1;
  const worker = await startWorker({
    ...services,
    ...workerTools(env, (message) => log.warn(message)),
    concurrency,
  });
  log.info({ concurrency }, "waiting for sessions");
  return {
    async close() {
      await worker.close();
      await services.close();
    },
  };
}
