import type { Env } from "../env.ts";
import { storages } from "../storage/index.ts";
import { bucketOf } from "../storage/settings.ts";
import { serve } from "./serve.ts";

/**
 * The role `objects`: gives an operator who cannot reach the screenshots of an installation themselves a hand there. It
 * answers the requests on its standard input on its standard output, as `frames.ts` has them, and ends with the former.
 */
export async function serveObjects(env: Env<"objects">): Promise<void> {
  const bucket = bucketOf(env);
  // `readEnv` lets no role start that has neither a bucket nor a directory.
  const storage = bucket ? await storages.s3(bucket) : storages.disk(env.STORAGE_DIR!);
  const { stdin, stdout } = process;
  let isTold = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      isTold = true;
      stdin.destroy();
    });
  try {
    await serve(storage, stdin, stdout);
  } catch (error) {
    // Whoever tells it to end wants no more answers.
    if (!isTold) throw error;
  }
}
