import type { Hono } from "hono";
import type { ApiEnv, ApiOptions } from "../context.ts";

/** For whoever restarts processes and routes requests; tells nothing about anybody's data. */
export function addHealth(
  api: Hono<ApiEnv>,
  { ready, draining }: Pick<ApiOptions, "ready" | "draining">,
): void {
  api.get("/healthz", (context) => context.json({ status: "ok" }));
  api.get("/readyz", async (context) => {
    const checks = { ...(await ready()), accepting: !draining.aborted };
    const isReady = Object.values(checks).every(Boolean);
    return context.json({ status: isReady ? "ready" : "not ready", checks }, isReady ? 200 : 503);
  });
}
