import type { Logger } from "pino";
import type { SessionQueue } from "./contract.ts";

/**
 * Adds sessions that are stored. Should the queue be away that is no failure: the session waits, and the first worker
 * that looks for what the queue does not know adds it.
 */
export const lenient = (queue: Pick<SessionQueue, "add">, log: Logger): Pick<SessionQueue, "add"> => ({
  async add(job) {
    try {
      await queue.add(job);
    } catch (err) {
      log.warn({ err, sessionId: job.sessionId }, "the queue is away; a worker adds the session later");
    }
  },
});
