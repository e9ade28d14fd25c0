import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { openServices } from "../services.ts";
import { startApi } from "./start.ts";

/** The role `api`: sign-in is not built yet, so every route but health answers 401. */
export async function startRole(env: Env<"api">, log: Logger): Promise<{ close(): Promise<void> }> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, STORAGE_DIR, PORT } = env;
  const services = await openServices(
    {
      databaseUrl: DATABASE_URL,
      directUrl: DATABASE_DIRECT_URL ?? DATABASE_URL,
      storageDirectory: STORAGE_DIR,
    },
    log,
  );
  const api = await startApi({
    ...services,
    hostname: "0.0.0.0",
    port: PORT ?? 3001,
    authenticate: () => Promise.resolve(undefined),
    offer: { demoSite: null, agent: "explorer" },
    isLocal: false,
  });
  log.info({ port: api.port }, "listening");
  return {
    async close() {
      await api.close();
      await services.close();
    },
  };
}
