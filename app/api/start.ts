import { setTimeout as sleep } from "node:timers/promises";
import { isOpen } from "../promotion/gate.ts";
import { lenient } from "../queue/lenient.ts";
import { sweep } from "../schedule/sweep.ts";
import { every } from "../every.ts";
import { createApi } from "./app.ts";
import type { ApiOptions } from "./context.ts";
import { listen } from "./server.ts";

interface Options extends Omit<ApiOptions, "draining" | "closing"> {
  /** Default: every address of this machine, IPv6 and IPv4. */
  readonly hostname?: string;
  readonly port: number;
  /**
   * How long it serves on while `/readyz` says 503, so that whoever routes requests sends them elsewhere before it
   * stops listening. Milliseconds. Default 0: nobody does.
   */
  readonly drain?: number;
}

const sweepInterval = 5_000;

/** Serves the API and starts the sessions of due schedules until it is closed. */
export async function startApi(options: Options): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { db, log, gate, hostname, port, drain = 0 } = options;
  const queue = lenient(options.queue, log);
  const draining = new AbortController();
  const closing = new AbortController();
  const { fetch } = createApi({
    ...options,
    queue: { ...options.queue, ...queue },
    draining: draining.signal,
    closing: closing.signal,
  });
  const server = await listen({ fetch, ...(hostname !== undefined && { hostname }), port });
  const onError = (err: unknown) => log.error({ err }, "cannot start scheduled sessions");
  const sweepIfOpen = async () => {
    if (isOpen(await gate.refresh())) await sweep(db, queue, new Date());
  };
  const sweeping = every(sweepInterval, sweepIfOpen, onError);
  return {
    port: server.port,
    async close() {
      draining.abort();
      server.drain();
      await Promise.all([sweeping.close(), sleep(drain)]);
      const closed = server.close();
      // A stream that ended earlier would come back to this very process.
      closing.abort();
      await closed;
    },
  };
}
