import { sweep } from "../schedule/sweep.ts";
import { every } from "../every.ts";
import { createApi } from "./app.ts";
import type { ApiOptions } from "./context.ts";
import { listen } from "./server.ts";

interface Options extends Omit<ApiOptions, "closing"> {
  readonly hostname: string;
  readonly port: number;
}

const sweepInterval = 5_000;

/** Serves the API and starts the sessions of due schedules until it is closed. */
export async function startApi(options: Options): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { db, queue, log, hostname, port } = options;
  const closing = new AbortController();
  const { fetch } = createApi({ ...options, closing: closing.signal });
  const server = await listen({ fetch, hostname, port });
  const onError = (err: unknown) => log.error({ err }, "cannot start scheduled sessions");
  const sweeping = every(sweepInterval, () => sweep(db, queue, new Date()), onError);
  return {
    port: server.port,
    async close() {
      closing.abort();
      await sweeping.close();
      await server.close();
    },
  };
}
