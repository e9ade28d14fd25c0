import { Hono } from "hono";
import type { Registry } from "prom-client";
import type { ApiEnv } from "../api/context.ts";
import { addHealth } from "../api/routes/health.ts";
import { listen, type Listening } from "../api/server.ts";
import { addMetrics } from "../metrics/registry.ts";

interface Options {
  readonly port: number;
  readonly metrics: { readonly registry: Registry };
  /** What this process cannot work without, and whether it has it. */
  readonly ready: () => Promise<Readonly<Record<string, boolean>>>;
  /** Aborts once the worker takes no more sessions. */
  readonly closing: AbortSignal;
}

/** Answers whoever watches over the worker, and nobody else: `/healthz`, `/readyz`, `/metrics`. @throws when the port is taken. */
export async function serveHealth({ port, metrics, ready, closing }: Options): Promise<Listening> {
  const app = new Hono<ApiEnv>();
  addHealth(app, { ready, draining: closing });
  addMetrics(app, metrics);
  return listen({ fetch: (request) => app.fetch(request), port });
}
