/** Stacks of the managed tiers, made so that they lead to services of this machine. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withClient } from "../../app/backup/connection.ts";
import { freePort } from "../../app/embedded/port.ts";
import { startPostgres } from "../../app/embedded/postgres.ts";
import { connectOnce } from "../../app/redis/connect.ts";
import { atEnd } from "../support/at-end.ts";
import { startPgbouncer } from "../support/pgbouncer.ts";
import { startRedis } from "../support/redis.ts";
import type { TestBucket } from "../support/s3.ts";
import type { Addresses } from "./companies.ts";
import type { ManagedStack } from "./managed-stack.ts";
import { type Certificate, postgresTls, redisTls, supabasePooler } from "./tls.ts";

export interface Programs {
  readonly redis: string;
  readonly pgbouncer: string;
}

type Companies = ManagedStack["companies"];
type Variables = Readonly<Record<string, string>>;

export interface Place {
  readonly stack: "validation" | "growth";
  /** Of the stack's file. */
  readonly settings: Readonly<Record<string, string>>;
  readonly addresses: Addresses;
  /** Outputs of a bucket that no server of this machine can stand for: one of this machine takes its place. */
  readonly inPlace?: Variables;
  /** The database, as a superuser. */
  readonly database: string;
  /** Makes true at the services what the companies were told. */
  readonly settle?: (companies: Companies) => Promise<void>;
  /** Keys of the queue in Redis; none where it is PostgreSQL's. */
  readonly queueKeys?: () => Promise<readonly string[]>;
  /** What the company that runs a role was told of its variables. */
  readonly given: (companies: Companies, role: string) => Variables;
}

export type Open = (programs: Programs, certificate: Certificate, bucket: TestBucket) => Promise<Place>;

const onRailway = { service: "railway", web: "platform", bucket: "platform" } as const;
const railwayBucket = ({ name, endpoint, region, credentials }: TestBucket) =>
  ({ ...credentials, bucketName: name, endpoint, region, urlStyle: "path" }) as const;
const givenByRailway: Place["given"] = ({ servers: { railway } }, role) =>
  [...railway.services.values()].find(({ name }) => name === role)!.variables;

/** PostgreSQL by TLS, and Redis by TLS. */
export const neonAndUpstash: Open = async ({ redis: program }, certificate, bucket) => {
  const [owner, password] = [randomUUID(), randomUUID()];
  const database = await databaseOf("testfarm", `admin LOGIN CREATEDB CREATEROLE PASSWORD '${owner}'`);
  await postgresTls(database, certificate, ["admin", "app"]);
  const tlsPort = await freePort();
  const redis = await startRedis(program, ["--requirepass", password, ...redisTls(certificate, tlsPort)]);
  return {
    stack: "validation",
    settings: { ...onRailway, database: "neon", cache: "upstash" },
    addresses: {
      railway: railwayBucket(bucket),
      neon: { host: "localhost", pooledHost: "localhost", port: portOf(database), password: owner },
      upstash: { endpoint: "127.0.0.1", port: tlsPort, password },
    },
    database,
    async queueKeys() {
      const url = `redis://default:${password}@127.0.0.1:${redis.port}`;
      const client = await connectOnce({ url, isCluster: false });
      return client.keys("{tf}:*").finally(() => client.disconnect());
    },
    given: givenByRailway,
  };
};

/** PostgreSQL behind a pooler that wants TLS, and names with a project's ref; the queue is there too. */
export const supabaseAlone: Open = async (_, certificate, bucket) => {
  const database = await databaseOf("postgres", "postgres LOGIN CREATEDB CREATEROLE");
  let projects: ReadonlyMap<string, unknown> = new Map();
  const pool = () => supabasePooler(portOf(database), certificate, (ref) => projects.has(ref));
  const [transaction, session] = await Promise.all([pool(), pool()]);
  return {
    stack: "validation",
    settings: { ...onRailway, database: "supabase", cache: "none" },
    addresses: {
      railway: railwayBucket(bucket),
      supabase: { host: "localhost", transaction, session },
    },
    database,
    async settle({ servers: { supabase } }) {
      projects = supabase.projects;
      const [project] = supabase.projects.values();
      await withClient(database, (client) =>
        client.query(`ALTER ROLE postgres PASSWORD ${client.escapeLiteral(project!.password)}`),
      );
    },
    given: givenByRailway,
  };
};

/** PostgreSQL whose owner may make no account, and a pooler in transaction mode; the queue is there too. */
export const flyAlone: Open = async ({ pgbouncer }, _, bucket) => {
  const password = randomUUID();
  const account = `LOGIN PASSWORD '${password}'`;
  const database = await databaseOf("fly-db", `"fly-user" ${account}`, `app ${account}`);
  const asService = Object.assign(new URL(database), { username: "app", password }).href;
  const pooled = await startPgbouncer(pgbouncer, asService, 5);
  return {
    stack: "growth",
    settings: { cache: "none" },
    addresses: {
      fly: {
        direct: { host: "127.0.0.1", port: portOf(database) },
        pooler: { host: "127.0.0.1", port: portOf(pooled) },
        password,
      },
    },
    inPlace: {
      S3_BUCKET: bucket.name,
      S3_REGION: bucket.region,
      S3_ENDPOINT: bucket.endpoint,
      S3_FORCE_PATH_STYLE: "true",
      AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
    },
    database,
    given({ servers: { fly } }, role) {
      const app = [...fly.apps.values()].find(({ name }) => name.endsWith(`-${role}`))!;
      const machine = [...fly.machines.machines.values()].find((each) => each.app === app.name)!;
      return { ...(machine.config.env as Variables), ...Object.fromEntries(app.secrets) };
    },
  };
};

const portOf = (url: string): number => Number(new URL(url).port);

/**
 * A server with a database that belongs to the first of some accounts, none of which is a superuser: as companies let
 * their customers in.
 *
 * @param accounts as CREATE ROLE has them.
 * @returns the database's address as a superuser.
 */
async function databaseOf(name: string, ...accounts: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-postgres-"));
  const { url, stop } = await startPostgres({ directory, password: randomUUID() });
  atEnd(() => rm(directory, { recursive: true }));
  atEnd(stop);
  await withClient(url, async (client) => {
    for (const account of accounts) await client.query(`CREATE ROLE ${account}`);
    const { rows } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rows.length === 0) await client.query(`CREATE DATABASE "${name}"`);
    await client.query(`ALTER DATABASE "${name}" OWNER TO ${accounts[0]!.split(" ")[0]}`);
  });
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
