import { join } from "node:path";
import { pino } from "pino";
import type { Env } from "../env.ts";
import { createLog } from "../telemetry/log.ts";
import { createHome } from "./installation.ts";
import { takeLock } from "./lock.ts";
import { startEmbedded } from "./start.ts";

/** The role `all`. A second start says where the first one listens and has nothing to do. */
export async function startRole(env: Env<"all">): Promise<{ close(): Promise<void> } | undefined> {
  const home = env.TESTFARM_HOME;
  await createHome(home);
  const lock = await takeLock(home);
  if ("url" in lock) {
    console.log(
      lock.url === ""
        ? "TestFarm is starting in another process."
        : `TestFarm runs already. Open ${lock.url}`,
    );
    return undefined;
  }
  // The terminal belongs to the person; what only helps to find a fault goes beside the data.
  const file = pino.destination({ dest: join(home, "testfarm.log"), mode: 0o600, sync: true });
  const log = createLog("all", env.LOG_LEVEL, file);
  const closers = [() => lock.release()];
  const close = async () => {
    const failures: unknown[] = [];
    // One part that does not end in order must not keep the others, above all the database, from it.
    for (const each of closers.toReversed()) await each().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "Not everything ended in order.");
  };
  try {
    await startEmbedded(env, lock, log, closers);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}
