import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { publicOnly } from "../egress/policy.ts";
import { startEgress } from "../egress/proxy.ts";
import { createLauncher } from "./launcher.ts";
import { readLoad } from "./load.ts";
import { startBrowserServer } from "./server.ts";
import { bytesPerSession, watchStrain } from "./strain.ts";

/**
 * How long running sessions may take to go elsewhere when the role ends: their workers look once a second, and give a step
 * 10 s. The whole process has 25 s, and no tier kills it before. Milliseconds.
 */
const drain = 20_000;

/** The role `browser`: a Chromium a session, for whoever has the token. */
export async function startRole(env: Env<"browser">, log: Logger): Promise<{ close(): Promise<void> }> {
  const load = readLoad();
  const strain = watchStrain(load);
  const maxRunning = env.BROWSER_SESSIONS ?? Math.max(1, Math.floor(load.memoryLimit / bytesPerSession));
  const way = await findWayOut(env.EGRESS_URL);
  const launcher = createLauncher({
    executablePath: env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH,
    warn: (message) => log.warn(message),
  });
  // Says at once what is wrong with Chromium or its sandbox, not to the first session.
  await launcher.start(AbortSignal.timeout(60_000), way).then((chromium) => chromium.close());
  const server = await startBrowserServer({
    port: env.PORT ?? 3001,
    token: env.BROWSER_TOKEN,
    launch: (signal) => launcher.start(signal, way),
    maxRunning,
    maxQueued: maxRunning * 2,
    patience: 30_000,
    shortage: strain.shortage,
    load,
    log,
  });
  log.info({ port: server.port, maxRunning }, "listening");
  return {
    async close() {
      await server.close(drain);
      await way.close();
      strain.close();
    },
  };
}

/** The role `egress`, or where there is none a filter in this process: strangers' pages get no other way out. */
async function findWayOut(url: string | undefined) {
  if (url !== undefined) return { url, close: () => Promise.resolve() };
  const egress = await startEgress({ hostname: "127.0.0.1", port: 0, policy: publicOnly });
  return { url: `http://127.0.0.1:${egress.port}`, close: egress.close };
}
