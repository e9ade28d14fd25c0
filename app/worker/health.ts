import { Hono } from "hono";
import type { ApiEnv } from "../api/context.ts";
import { addHealth } from "../api/routes/health.ts";
import { listen, type Listening } from "../api/server.ts";

interface Options {
  readonly port: number;
  /** What this process cannot work without, and whether it has it. */
  readonly ready: () => Promise<Readonly<Record<string, boolean>>>;
  /** Aborts once the worker takes no more sessions. */
  readonly closing: AbortSignal;
}

/** Answers whoever watches over the worker, and nobody else: `/healthz` and `/readyz`. @throws when the port is taken. */
export async function serveHealth({ port, ready, closing }: Options): Promise<Listening> {
  const app = new Hono<ApiEnv>();
  addHealth(app, { ready, closing });
  return listen({ fetch: (request) => app.fetch(request), hostname: "0.0.0.0", port });
}
