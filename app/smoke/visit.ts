import type { Logger } from "pino";
import { startApi } from "../api/start.ts";
import { openSignIn } from "../auth/sign-in.ts";
import { databaseChecks } from "../doctor/database.ts";
import { redisCheck } from "../doctor/redis.ts";
import { storageCheck } from "../doctor/storage.ts";
import type { Me } from "../contract.ts";
import type { Env } from "../env.ts";
import { addressesOf, openServices, type OpenServices } from "../services.ts";
import { storages } from "../storage/index.ts";
import { workerTools } from "../worker/tools.ts";
import { type Account, createAccount, removeAbandoned, removeAccount } from "./account.ts";
import type { SmokeArguments } from "./arguments.ts";
import { type Check, checks, fromDoctor } from "./checks.ts";
import { sizeOf } from "./picture.ts";
import { type Patience, patience, runSession } from "./session.ts";
import { openVisitor } from "./visitor.ts";

interface Context {
  /** Takes a line of the report. */
  readonly write: (line: string) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Default: what a deployment needs at most. */
  readonly limits?: Patience;
}

const database = ["DATABASE_URL", "DATABASE_DIRECT_URL"];
const redis = ["REDIS_URL", "REDIS_CLUSTER"];
const storage = [
  "S3_BUCKET",
  "S3_ENDPOINT",
  "S3_REGION",
  "S3_FORCE_PATH_STYLE",
  "AWS_ACCESS_KEY_ID",
  "STORAGE_DIR",
];
const signIn = ["AUTH_SECRET", "FRONTEND_URL"];
const browser = ["BROWSER_URL", "BROWSER_TOKEN", "BROWSERBASE_API_KEY", "BROWSERBASE_PROJECT_ID"];

/**
 * Signs in at an API of this process, which stands on the outputs, and lets a session run. The deployment's own workers
 * run it: one in this process would hide that they do not.
 *
 * @throws {CheckFailed} at the first check that fails, after what was made is removed.
 */
export async function visit(env: Env<"smoke">, args: SmokeArguments, context: Context): Promise<void> {
  const check = checks(context.write);
  await askServices(env, check);
  const ends: End[] = [];
  try {
    await walk(env, args, context, check, (end) => ends.push(end));
  } finally {
    await all(ends.toReversed());
  }
}

type End = () => Promise<unknown>;

/** @param atEnd takes what is to be undone, the newest first. */
async function walk(
  env: Env<"smoke">,
  { url, keep }: SmokeArguments,
  { log, signal, limits = patience }: Context,
  check: Check,
  atEnd: (end: End) => void,
): Promise<void> {
  const { AUTH_SECRET: secret, FRONTEND_URL: frontendUrl } = env;
  const { services, visitor } = await check("API", [...database, ...redis], async () => {
    const opened = await openServices(addressesOf(env), log);
    atEnd(opened.close);
    const api = await serve(env, opened);
    atEnd(api.close);
    const caller = openVisitor(`http://127.0.0.1:${api.port}`, frontendUrl, signal);
    await caller.ask("GET", "/readyz", 200);
    return { services: opened, visitor: caller, says: "is ready in this process" };
  });

  await check("sign-in", signIn, async () => {
    const abandoned = await removeAbandoned(services);
    const { orgId, email, password } = await createAccount(services, { secret, frontendUrl, keep });
    atEnd(() => check("clean-up", [], () => leave(services, { orgId, email, password }, keep, frontendUrl)));
    await visitor.ask("POST", "/api/auth/sign-in/email", 200, { email, password });
    const { organization } = (await (await visitor.ask("GET", "/api/me", 200)).json()) as Me;
    if (organization.id !== orgId) throw new Error(`it leads to the organization ${organization.name}`);
    return {
      says: abandoned === 0 ? "works" : `works; ${abandoned} killed runs had left something, which is gone`,
    };
  });

  const { id, steps } = await check(
    "session",
    [...redis, ...browser, "EGRESS_URL", "ANTHROPIC_API_KEY"],
    () => runSession(visitor, services.db, url, limits, signal),
  );

  const opened = await check("browser", browser, async () => {
    const { browsers } = workerTools(env, (message) => log.warn(message));
    const launched = await browsers.launch(AbortSignal.any([signal, AbortSignal.timeout(60_000)]), url);
    atEnd(launched.close);
    return { ...launched, says: `Chromium ${launched.browser.version()} is there for this process too` };
  });

  await check("screenshot", storage, async () => {
    const step = steps.findLast(({ screenshot }) => screenshot !== null)?.step;
    if (step === undefined) throw new Error("the session has none");
    const response = await visitor.ask("GET", `/api/sessions/${id}/screenshots/${step}`, 200);
    const picture = new Uint8Array(await response.arrayBuffer());
    const { width, height } = await sizeOf(opened, picture);
    return { says: `of step ${step} is a picture of ${width} x ${height}, ${picture.length} bytes` };
  });

  await check("metrics", [], async () => {
    const text = await (await visitor.ask("GET", "/metrics", 200)).text();
    const series = text.split("\n").filter((line) => line.startsWith("testfarm_")).length;
    if (series === 0) throw new Error("/metrics tells nothing of TestFarm");
    return { says: `${series} series of TestFarm` };
  });

  await check("sign-out", signIn, async () => {
    await visitor.ask("POST", "/api/auth/sign-out", 200, {});
    await visitor.ask("GET", "/api/me", 401);
    return { says: "works" };
  });
}

async function all(ends: readonly End[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** As the role `api` does, on a port that only this process knows. */
function serve(env: Env<"smoke">, services: OpenServices) {
  const own = openSignIn({
    db: services.db,
    secret: env.AUTH_SECRET,
    frontendUrl: env.FRONTEND_URL,
    ownerEmail: env.OWNER_EMAIL,
    bootstrapToken: env.OWNER_BOOTSTRAP_TOKEN,
  });
  return startApi({
    ...services,
    signIn: own,
    authenticate: own.authenticate,
    hostname: "127.0.0.1",
    port: 0,
    offer: { demoSite: null, agent: null },
    isLocal: false,
  });
}

async function leave(
  services: OpenServices,
  { orgId, email, password }: Account,
  keep: boolean,
  frontendUrl: string,
): Promise<{ readonly says: string }> {
  if (keep) return { says: `nothing is removed; sign in at ${frontendUrl} as ${email} with ${password}` };
  await removeAccount(services, orgId);
  return { says: "account and session are removed" };
}

async function askServices(env: Env<"smoke">, check: Check): Promise<void> {
  const addresses = addressesOf(env);
  await check("database", database, async () => fromDoctor(await databaseChecks(addresses)));
  const { redis: address } = addresses;
  if (address) await check("Redis", redis, async () => fromDoctor([await redisCheck(address)]));
  const open = async () =>
    addresses.bucket ? storages.s3(addresses.bucket) : storages.disk(addresses.storageDirectory);
  await check("storage", storage, async () => fromDoctor([await storageCheck(open)]));
}
