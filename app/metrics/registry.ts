import type { Env, Hono } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";

/** Node's own figures. A process has them once, however many roles run in it. */
let node: Registry | undefined;

function ofNode(): Registry {
  if (node === undefined) {
    node = new Registry();
    collectDefaultMetrics({ register: node });
  }
  return node;
}

/**
 * Answers `/metrics`, for whoever reaches the port: what a role counts and Node's own figures, in the text format of
 * Prometheus. Proxies let nobody through to it. Nothing in it names a session, a person or an address.
 */
export function addMetrics<E extends Env>(app: Hono<E>, { registry }: { readonly registry: Registry }): void {
  app.get("/metrics", async (context) => {
    const all = Registry.merge([registry, ofNode()]);
    return context.text(await all.metrics(), 200, { "Content-Type": all.contentType });
  });
}
