/** Every variable that the application reads, and what each may be. */
import { CronExpressionParser } from "cron-parser";
import { z } from "zod";
import { withAuthority } from "../db/authority.ts";

/** A variable that a tier does not set is exported as `""` and read as absent. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });
const flag = oneOf(["true", "false"]).transform((value) => value === "true");
const secret = (length: number) => z.string().min(length, `must have at least ${length} characters`);
const integer = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
};
const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be an address such as ${example}` });
const postgresUrl = url(/^postgres(ql)?$/, "postgres://user:password@host:5432/testfarm").transform(
  withAuthority,
);
const httpUrl = url(/^https?$/, "https://testfarm.example.com");
const hostsAndPorts = z
  .string()
  .transform((text) => text.split(",").map((each) => each.trim()))
  .refine((all) => all.every((each) => /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(each)), {
    error: "must be hosts with their ports, such as demo:3002,shop.internal:443",
  });
const bucketOfAnother = z.strictObject({
  name: z.string(),
  region: z.string().optional(),
  endpoint: httpUrl.optional(),
  forcePathStyle: z.boolean().optional(),
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});
const bucket = z.string().transform((text, context) => {
  const { data, success } = bucketOfAnother.safeParse(parsedJson(text));
  if (success) return data;
  context.addIssue(
    'must be a bucket as JSON, such as {"name":"old","region":"eu-west-1","credentials":{"accessKeyId":"id","secretAccessKey":"key"}}',
  );
  return z.NEVER;
});
const cron = z.string().refine(isCron, { error: "must be five fields of cron, in UTC, such as 30 2 * * *" });
/** As OpenTelemetry writes lists of pairs: `key=value,other=value`, values percent-encoded where they need it. */
const pairs = z
  .string()
  .transform((text) => text.split(",").map((each) => /^\s*([^=\s]+)\s*=([^,]*)$/.exec(each)?.slice(1)))
  .transform((all) => all.map((pair) => pair && [pair[0], decoded(pair[1]!.trim())]))
  .refine((all) => all.every((pair) => pair?.[1] !== undefined), {
    error: "must be pairs such as name=value,other=value, with percent-encoded values",
  })
  .transform((all) => Object.fromEntries(all as [string, string][]) as Readonly<Record<string, string>>);

function isCron(text: string): boolean {
  try {
    CronExpressionParser.parse(text);
    // A sixth field would be seconds.
    return text.trim().split(/\s+/).length === 5;
  } catch {
    return false;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever asks says what is allowed.
    return undefined;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray `%`: whoever asks says what is allowed.
    return undefined;
  }
}

/** The contract with the infrastructure: every tier yields each of these. */
export const variables = {
  /** PostgreSQL for all queries, as the account `app`; may be a pooled address (transaction mode). */
  DATABASE_URL: optional(postgresUrl),
  /** The same database, never pooled: LISTEN and advisory locks need a session. Default: `DATABASE_URL`. */
  DATABASE_DIRECT_URL: optional(postgresUrl),
  /** The same database as its owner `admin`: migrations and restores, never a service. Default: the direct one. */
  DATABASE_ADMIN_URL: optional(postgresUrl),
  /** Redis for queue and events. Absent: both run on PostgreSQL. */
  REDIS_URL: optional(url(/^rediss?$/, "rediss://user:password@host:6379")),
  /** `true` when `REDIS_URL` is a Redis Cluster. Default `false`. */
  REDIS_CLUSTER: optional(flag),
  /** Private bucket for screenshots, with `S3_REGION` or `S3_ENDPOINT`. Absent: files under `STORAGE_DIR`. */
  S3_BUCKET: optional(z.string()),
  /** Region at AWS. Default where there is an endpoint: `us-east-1`, which other stores take. */
  S3_REGION: optional(z.string()),
  /** S3 endpoint of a store other than AWS. */
  S3_ENDPOINT: optional(httpUrl),
  /** `true` for stores that take the bucket in the path. Default `false`. */
  S3_FORCE_PATH_STYLE: optional(flag),
  /** Key for the bucket. Absent: what AWS's SDK finds on the machine (a role, a profile, a service account). */
  AWS_ACCESS_KEY_ID: optional(z.string()),
  AWS_SECRET_ACCESS_KEY: optional(z.string()),
  /**
   * Bucket of the installation that this one comes from, as JSON: the API looks there for a screenshot that its own storage
   * does not have. Absent: nowhere.
   */
  STORAGE_READ_THROUGH: optional(bucket),
  /** Directory for screenshots when there is no bucket. */
  STORAGE_DIR: optional(z.string()),
  /** Key of the model that chooses the steps. Absent: the deterministic explorer chooses them. */
  ANTHROPIC_API_KEY: optional(z.string()),
  /** Where the model's API is served, for gateways. Default: Anthropic's own address. */
  ANTHROPIC_BASE_URL: optional(httpUrl),
  TRELLO_API_KEY: optional(z.string()),
  TRELLO_API_SECRET: optional(z.string()),
  BROWSERBASE_API_KEY: optional(z.string()),
  BROWSERBASE_PROJECT_ID: optional(z.string()),
  /** Address of the `browser` role. Absent: the worker launches Chromium itself. */
  BROWSER_URL: optional(httpUrl),
  /** Token for the `browser` role's API. */
  BROWSER_TOKEN: optional(secret(16)),
  /** Address of the `egress` role, the browsers' only way out. */
  EGRESS_URL: optional(httpUrl),
  /** Hosts that the `egress` role opens though they are private or on another port: `demo:3002,shop.internal:443`. */
  EGRESS_ALLOW: optional(hostsAndPorts),
  /** Signs cookies; at least 32 characters. */
  AUTH_SECRET: optional(secret(32)),
  /** E-mail address of the first owner. Absent: whoever has the bootstrap token chooses. */
  OWNER_EMAIL: optional(z.email("must be an e-mail address")),
  /** Lets the first owner in, once; at least 16 characters. Absent: the first API to start makes one and logs it. */
  OWNER_BOOTSTRAP_TOKEN: optional(secret(16)),
  /** Where people open the page. */
  FRONTEND_URL: optional(httpUrl),
  /** The API's public address: `FRONTEND_URL` with `/api`. */
  API_BASE_URL: optional(httpUrl),
  /** Port of a role that listens. Default 3001. */
  PORT: optional(integer(1, 65_535)),
  /** Sessions that one worker runs at the same time. Default 1. */
  WORKER_CONCURRENCY: optional(integer(1, 100)),
  /** The database as the account `backup`, which reads everything and changes nothing. Set with `BACKUP_BUCKET` only. */
  BACKUP_DATABASE_URL: optional(postgresUrl),
  /** Bucket for backups, outside the machine that has the data, with `BACKUP_REGION` or `BACKUP_ENDPOINT`. */
  BACKUP_BUCKET: optional(z.string()),
  /** Region at AWS. Default where there is an endpoint: `us-east-1`, which other stores take. */
  BACKUP_REGION: optional(z.string()),
  /** S3 endpoint of a store other than AWS. */
  BACKUP_ENDPOINT: optional(httpUrl),
  /** `true` for stores that take the bucket in the path. Default `false`. */
  BACKUP_FORCE_PATH_STYLE: optional(flag),
  /** Key for the bucket. */
  BACKUP_ACCESS_KEY_ID: optional(z.string()),
  BACKUP_SECRET_ACCESS_KEY: optional(z.string()),
  /** Encrypts backups before they leave the machine; at least 32 characters. Without it nobody can read one. */
  BACKUP_PASSPHRASE: optional(secret(32)),
  /** When a backup is made: five fields of cron, in UTC. */
  BACKUP_SCHEDULE: optional(cron),
  /** When the newest backup is restored into a scratch database and compared: five fields of cron, in UTC. */
  BACKUP_DRILL_SCHEDULE: optional(cron),
  /** Days for which a backup is kept. */
  BACKUP_KEEP_DAYS: optional(integer(1, 3_650)),
  /** `true` when what is written between two backups goes into the bucket too. Default `false`. */
  BACKUP_POINT_IN_TIME: optional(flag),
  LOG_LEVEL: optional(oneOf(["debug", "info", "warn", "error", "silent"])),
  NODE_ENV: optional(oneOf(["development", "production", "test"])),
} as const;

/** Settings of one machine, which no tier exports. */
export const machine = {
  /**
   * Directory with a file for each variable that is not in the environment itself, under the variable's name: a mounted
   * Secret of Kubernetes, `/run/secrets` of Docker. A newline at the end of a file is left out.
   */
  SECRETS_DIR: optional(z.string()),
  /** Directory of the embedded installation. Default: `testfarm` in the user's data directory. */
  TESTFARM_HOME: optional(z.string()),
  XDG_DATA_HOME: optional(z.string()),
  /** Comes with a key for the bucket that is good for some hours only. */
  AWS_SESSION_TOKEN: optional(z.string()),
  /** Chromium to launch. Default: one that is found on the machine or comes with the package. */
  PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH: optional(z.string()),
  /** Directory of `pg_dump` and `pg_restore` of PostgreSQL 17 or newer. Default: they are looked for as the system does. */
  POSTGRES_PROGRAMS: optional(z.string()),
  /** Directory for what is written between two backups, on its way into the bucket. Default: `/srv/backup`. */
  BACKUP_DIR: optional(z.string()),
  /** Sessions that one `browser` role runs at the same time. Default: one for each 350 MB of its memory limit. */
  BROWSER_SESSIONS: optional(integer(1, 1_000)),
  /** Where Browserbase runs the browsers. Default: its own. */
  BROWSERBASE_REGION: optional(oneOf(["us-west-2", "us-east-1", "eu-central-1", "ap-southeast-1"])),
  /** Where Browserbase's API is served. Default: its own address. */
  BROWSERBASE_BASE_URL: optional(httpUrl),
  /**
   * `live` asks the model, `replay` answers from recordings without it, `record` asks it and keeps what it answers.
   * Default: `live` with an `ANTHROPIC_API_KEY`; without one the explorer chooses the steps.
   */
  LLM_MODE: optional(oneOf(["live", "replay", "record"])),
  /** Directory of the recordings. */
  LLM_RECORDINGS: optional(z.string()),
  /**
   * Header in which the nearest proxy says the visitor's address alone, by which tries to sign in are counted. Default: it is
   * the last one in `X-Forwarded-For`.
   */
  CLIENT_IP_HEADER: optional(z.string()),
  /** Where API and worker send traces (OTLP over HTTP); `/v1/traces` is added. Absent: there are no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  /** What the collector wants to be told with each request: `authorization=Bearer%20...`. */
  OTEL_EXPORTER_OTLP_HEADERS: optional(pairs),
  /** The only protocol that is spoken, for those who set it everywhere. */
  OTEL_EXPORTER_OTLP_PROTOCOL: optional(oneOf(["http/protobuf"])),
  /** Default: `testfarm-` with the role. */
  OTEL_SERVICE_NAME: optional(z.string()),
  /** What else every span says of its process: `service.version=1.2.3,deployment.environment.name=mvp`. */
  OTEL_RESOURCE_ATTRIBUTES: optional(pairs),
} as const;
