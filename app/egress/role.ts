import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { allowing } from "./policy.ts";
import { startEgress } from "./proxy.ts";

/** The role `egress`: the browsers' only way out. */
export async function startRole(env: Env<"egress">, log: Logger): Promise<{ close(): Promise<void> }> {
  const allowed = env.EGRESS_ALLOW ?? [];
  const egress = await startEgress({
    port: env.PORT ?? 3001,
    policy: allowing(allowed),
    onRefusal: (refusal) => log.info({ refusal }, "refused"),
  });
  log.info({ port: egress.port, allowed }, "listening");
  return egress;
}
