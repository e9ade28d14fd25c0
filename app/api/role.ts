import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { openSignIn } from "../auth/sign-in.ts";
import { isOpen } from "../promotion/gate.ts";
import { addressesOf, openServices } from "../services.ts";
import { startApi } from "./start.ts";

/** Longer than a proxy that asks every second takes to see that this API is not ready any more. Milliseconds. */
const drain = 3_000;

/** The role `api`. Where there is no owner yet and no token was given, the log says once how to become one. */
export async function startRole(env: Env<"api">, log: Logger): Promise<{ close(): Promise<void> }> {
  const services = await openServices({ ...addressesOf(env), readThrough: env.STORAGE_READ_THROUGH }, log);
  const signIn = openSignIn({
    db: services.db,
    secret: env.AUTH_SECRET,
    frontendUrl: env.FRONTEND_URL,
    ownerEmail: env.OWNER_EMAIL,
    bootstrapToken: env.OWNER_BOOTSTRAP_TOKEN,
    clientIpHeader: env.CLIENT_IP_HEADER,
  });
  const api = await startApi({
    ...services,
    signIn,
    port: env.PORT ?? 3001,
    drain,
    authenticate: signIn.authenticate,
    offer: { demoSite: null, agent: null },
    isLocal: false,
  });
  log.info({ port: api.port }, "listening");
  const announceOwner = async () => {
    const token = await signIn.prepareOwner();
    if (token !== undefined)
      log.warn({ url: env.FRONTEND_URL }, `no owner yet; set it up on the page with the token ${token}`);
  };
  const { gate } = services;
  const closing = new AbortController();
  // The data of an installation that is being moved here comes with its owner.
  if (isOpen(gate.now())) await announceOwner();
  else
    gate
      .whenOpen(closing.signal)
      .then(announceOwner)
      .catch((err: unknown) => {
        if (!closing.signal.aborted) log.error({ err }, "cannot see whether there is an owner");
      });
  return {
    async close() {
      closing.abort();
      await api.close();
      await services.close();
    },
  };
}
