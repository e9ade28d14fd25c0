import { createMiddleware } from "hono/factory";
import { isMoved } from "../promotion/gate.ts";
import type { ApiEnv, ApiOptions } from "./context.ts";
import { Moving } from "./errors.ts";
import { isSafe } from "./guards.ts";

/** What a proxy or a browser waits for an answer, at the least. Milliseconds. */
const patience = 30_000;
/** Requests that wait at the same time: each keeps its connection and up to a whole body. */
const most = 1_000;
/** Until an installation that has moved is asked again, for whatever its name leads to by then. Seconds. */
const afterMove = 30;

/**
 * Lets what changes nothing pass. What does waits while the gate is closed and shall be held, and goes on once it is open;
 * else it is answered with 503 and when to ask again.
 */
export function holdWrites({ gate, closing }: Pick<ApiOptions, "gate" | "closing">) {
  let held = 0;
  const isClosed = () => gate.now().state === "closed";
  const refuse = (): never => {
    const { left, movedTo } = gate.now();
    throw isMoved(gate.now())
      ? new Moving(afterMove, movedTo)
      : new Moving(Math.max(1, Math.ceil(left / 1_000)));
  };

  async function wait(client: AbortSignal): Promise<void> {
    held++;
    const giveUp = AbortSignal.any([AbortSignal.timeout(patience), closing, client]);
    try {
      await gate.when((now) => now.state !== "closed" || isMoved(now), giveUp);
    } catch (error) {
      if (!giveUp.aborted) throw error;
    } finally {
      held--;
    }
  }

  return createMiddleware<ApiEnv>(async (context, next) => {
    const { method, raw } = context.req;
    if (!isSafe(method) && isClosed()) {
      if (gate.now().answer === "hold" && !isMoved(gate.now()) && held < most) await wait(raw.signal);
      if (isClosed()) refuse();
    }
    await next();
  });
}
