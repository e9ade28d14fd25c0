import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Client } from "pg";
import { freePort } from "../../../app/embedded/port.ts";
import { startPostgres } from "../../../app/embedded/postgres.ts";
import { atEnd } from "../../support/at-end.ts";
import { startRedis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import type { TestBucket } from "../../support/s3.ts";
import { apiKey } from "../agent/messages-api.ts";
import { marker } from "./search.ts";

export const frontendUrl = "http://farm.test";

/** Every secret that somebody gives to an installation. */
export const givenSecrets = () => ({
  AUTH_SECRET: marker("auth-secret"),
  databasePassword: marker("database-app"),
  adminPassword: marker("database-admin"),
  redisPassword: marker("redis"),
  BROWSER_TOKEN: marker("browser-token"),
  OWNER_BOOTSTRAP_TOKEN: marker("bootstrap-token"),
  BROWSERBASE_API_KEY: marker("browserbase"),
  collectorToken: marker("collector"),
  ANTHROPIC_API_KEY: apiKey,
});
export type GivenSecrets = ReturnType<typeof givenSecrets>;

const withPassword = (address: string, username: string, password: string) =>
  Object.assign(new URL(address), { username, password: encodeURIComponent(password) }).href;

/** PostgreSQL with the accounts `app` and `postgres`, and a way to shut `app` out for a while. */
async function startDatabase({ databasePassword, adminPassword }: GivenSecrets) {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-canary-"));
  const postgres = await startPostgres({ directory, password: adminPassword });
  atEnd(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true });
  });
  const asAdmin = async (...statements: string[]) => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await asAdmin(`CREATE ROLE app LOGIN PASSWORD '${databasePassword}'`);
  return {
    adminUrl: postgres.url,
    url: withPassword(postgres.url, "app", databasePassword),
    /** Ends the connections of `app`; new ones fail at the password. */
    shutOut: () =>
      asAdmin(
        "ALTER ROLE app PASSWORD 'another one'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
      ),
    letIn: () => asAdmin(`ALTER ROLE app PASSWORD '${databasePassword}'`),
    /** Takes a right from `app`: `INSERT ON sessions`. */
    revoke: (right: string) => asAdmin(`REVOKE ${right} FROM app`),
    grant: (right: string) => asAdmin(`GRANT ${right} TO app`),
  };
}

/** Settings of Redis for a user that may do everything. */
const userOf = (name: string, password: string) => {
  const rights = ["~*", "&*", "+@all"];
  return ["--user", name, "on", `>${password}`, ...rights];
};

/** Redis with the users `app` and `admin`, and a way to shut `app` out for a while. */
async function startRedisWithUsers(program: string, { redisPassword }: GivenSecrets) {
  const adminPassword = marker("redis-admin");
  const users = [...userOf("app", redisPassword), ...userOf("admin", adminPassword)];
  const server = await startRedis(program, [...users, "--user", "default", "off"]);
  const { url } = server.address;
  return {
    url: withPassword(url, "app", redisPassword),
    /** Ends the connections of `app`; new ones fail at the password. */
    async shutOut() {
      const admin = new Redis(withPassword(url, "admin", adminPassword));
      await admin.acl("SETUSER", "app", "resetpass", ">another-one");
      await admin.client("KILL", "USER", "app");
      admin.disconnect();
    },
    kill: server.kill,
    /** Empty, and with the users that it had in the beginning. */
    start: server.start,
  };
}

/** Everything that an installation stands on, each behind a secret, and the environment that names it. */
export async function startGround(
  secrets: GivenSecrets,
  { bucket, redisProgram, collector, messages }: Services,
) {
  const database = await startDatabase(secrets);
  const redis = await startRedisWithUsers(redisProgram, secrets);
  const env = {
    LOG_LEVEL: "debug",
    DATABASE_URL: database.url,
    DATABASE_ADMIN_URL: database.adminUrl,
    REDIS_URL: redis.url,
    S3_BUCKET: bucket.name,
    S3_ENDPOINT: bucket.endpoint,
    S3_REGION: bucket.region,
    S3_FORCE_PATH_STYLE: "true",
    AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
    FRONTEND_URL: frontendUrl,
    AUTH_SECRET: secrets.AUTH_SECRET,
    OWNER_BOOTSTRAP_TOKEN: secrets.OWNER_BOOTSTRAP_TOKEN,
    ANTHROPIC_API_KEY: secrets.ANTHROPIC_API_KEY,
    ANTHROPIC_BASE_URL: messages,
    BROWSER_TOKEN: secrets.BROWSER_TOKEN,
    BROWSERBASE_API_KEY: secrets.BROWSERBASE_API_KEY,
    BROWSERBASE_PROJECT_ID: "project",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${encodeURIComponent(secrets.collectorToken)}`,
  };
  return { database, redis, env };
}

interface Services {
  readonly bucket: TestBucket;
  readonly redisProgram: string;
  readonly collector: string;
  readonly messages: string;
}
export type Ground = Awaited<ReturnType<typeof startGround>>;
export type Farm = Awaited<ReturnType<typeof startFarm>>;

/**
 * All roles in processes of their own; each gets every variable, more than in a deployment.
 *
 * @param sites that the browsers may visit.
 */
export async function startFarm({ env }: Ground, sites: readonly string[]) {
  const EGRESS_ALLOW = sites.map((site) => new URL(site).host).join(",");
  const [egressPort, browserPort] = [String(await freePort()), String(await freePort())];
  const [egress, browser, api, worker] = await Promise.all([
    startRole("egress", { ...env, PORT: egressPort, EGRESS_ALLOW }),
    startRole("browser", { ...env, PORT: browserPort, EGRESS_URL: `http://127.0.0.1:${egressPort}` }),
    startRole("api", env),
    startRole("worker", { ...env, BROWSER_URL: `http://127.0.0.1:${browserPort}` }),
  ]);
  return { egress, browser, api, worker };
}

/** A process that ends by itself, and all that it has said. */
export async function runToEnd(
  program: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const PORT = String(await freePort());
  return new Promise((resolve) => {
    const options = { env: { ...process.env, PORT, ...env }, timeout: 60_000 };
    execFile(process.execPath, ["--import", "tsx", ...program], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}
