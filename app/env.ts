/**
 * The application's environment: the only place that reads `process.env`.
 *
 * `AppEnv` is the contract with the infrastructure: every tier yields each of these variables, as a stack output of
 * the same name, and gives each role those it reads. A variable added here breaks the compilation of every tier that
 * does not provide it.
 */
import { z } from "zod";

/** A variable that a tier does not set is exported as `""` and read as absent. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be an address such as ${example}` });
const postgresUrl = url(/^postgres(ql)?$/, "postgres://user:password@host:5432/testfarm");
const httpUrl = url(/^https?$/, "https://testfarm.example.com");

const variables = {
  /** PostgreSQL for all queries, as the account `app`; may be a pooled address (transaction mode). */
  DATABASE_URL: optional(postgresUrl),
  /** The same database, never pooled: LISTEN and advisory locks need a session. Default: `DATABASE_URL`. */
  DATABASE_DIRECT_URL: optional(postgresUrl),
  /** The same database as its owner `admin`: migrations and backups, never a service. Default: the direct one. */
  DATABASE_ADMIN_URL: optional(postgresUrl),
  /** Redis for queue and events. Absent: both run on PostgreSQL. */
  REDIS_URL: optional(url(/^rediss?$/, "rediss://user:password@host:6379")),
  /** `true` when `REDIS_URL` is a Redis Cluster. Default `false`. */
  REDIS_CLUSTER: optional(flag),
  /** Bucket for screenshots. Absent: files under `STORAGE_DIR`. */
  S3_BUCKET: optional(z.string()),
  S3_REGION: optional(z.string()),
  /** S3 endpoint of a store other than AWS. */
  S3_ENDPOINT: optional(httpUrl),
  /** `true` for stores that take the bucket in the path. Default `false`. */
  S3_FORCE_PATH_STYLE: optional(flag),
  AWS_ACCESS_KEY_ID: optional(z.string()),
  AWS_SECRET_ACCESS_KEY: optional(z.string()),
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
  BROWSER_TOKEN: optional(z.string().min(16)),
  /** Address of the `egress` role, the browsers' only way out. */
  EGRESS_URL: optional(httpUrl),
  /** Signs cookies; at least 32 characters. */
  AUTH_SECRET: optional(z.string().min(32)),
  /** Where people open the page. */
  FRONTEND_URL: optional(httpUrl),
  /** The API's public address: `FRONTEND_URL` with `/api`. */
  API_BASE_URL: optional(httpUrl),
  /** Port of a role that listens. Default 3001. */
  PORT: optional(z.coerce.number().int().min(1).max(65_535)),
  /** Sessions that one worker runs at the same time. Default 1. */
  WORKER_CONCURRENCY: optional(z.coerce.number().int().min(1).max(100)),
  LOG_LEVEL: optional(z.enum(["debug", "info", "warn", "error", "silent"])),
  NODE_ENV: optional(z.enum(["development", "production", "test"])),
} as const;

/** What a tier provides: each variable as a string, `""` where it sets none. */
export type AppEnv = { readonly [Name in keyof typeof variables]: string };

/** The processes that the application's image can start. `all` is all of them in one, the embedded default. */
export const roles = ["all", "api", "worker", "browser", "egress", "migrate"] as const;
export type Role = (typeof roles)[number];

/** Each role gets only the variables it reads. */
const readBy = {
  api: [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "REDIS_CLUSTER",
    "S3_BUCKET",
    "S3_REGION",
    "S3_ENDPOINT",
    "S3_FORCE_PATH_STYLE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "STORAGE_DIR",
    "AUTH_SECRET",
    "FRONTEND_URL",
    "API_BASE_URL",
    "PORT",
    "LOG_LEVEL",
    "NODE_ENV",
  ],
  worker: [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "REDIS_CLUSTER",
    "S3_BUCKET",
    "S3_REGION",
    "S3_ENDPOINT",
    "S3_FORCE_PATH_STYLE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "STORAGE_DIR",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "TRELLO_API_KEY",
    "TRELLO_API_SECRET",
    "BROWSERBASE_API_KEY",
    "BROWSERBASE_PROJECT_ID",
    "BROWSER_URL",
    "BROWSER_TOKEN",
    "WORKER_CONCURRENCY",
    "LOG_LEVEL",
    "NODE_ENV",
  ],
  browser: ["BROWSER_TOKEN", "EGRESS_URL", "PORT", "LOG_LEVEL", "NODE_ENV"],
  egress: ["PORT", "LOG_LEVEL", "NODE_ENV"],
  migrate: ["DATABASE_ADMIN_URL", "LOG_LEVEL", "NODE_ENV"],
} as const satisfies Record<Exclude<Role, "all">, readonly (keyof AppEnv)[]>;

/** The variables that each role of a deployment reads. */
export type RoleEnv = { [R in keyof typeof readBy]: Pick<AppEnv, (typeof readBy)[R][number]> };
