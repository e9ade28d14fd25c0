import type { Input } from "@pulumi/pulumi";
import type { AppEnv, RoleEnv } from "../app/env.ts";

/** Every variable of the application, as a tier provides it. */
export type Environment = { readonly [Name in keyof AppEnv]: Input<string> };

type Roles = keyof RoleEnv;

const database = {
  DATABASE_URL: true,
  DATABASE_DIRECT_URL: true,
  REDIS_URL: true,
  REDIS_CLUSTER: true,
} as const;
const storage = {
  S3_BUCKET: true,
  S3_REGION: true,
  S3_ENDPOINT: true,
  S3_FORCE_PATH_STYLE: true,
  AWS_ACCESS_KEY_ID: true,
  AWS_SECRET_ACCESS_KEY: true,
  STORAGE_DIR: true,
} as const;
const process = { LOG_LEVEL: true, NODE_ENV: true } as const;

/** What `app/env.ts` says that each role reads; a name too few or too many does not compile. */
const reads = {
  api: {
    ...database,
    ...storage,
    ...process,
    AUTH_SECRET: true,
    OWNER_EMAIL: true,
    OWNER_BOOTSTRAP_TOKEN: true,
    FRONTEND_URL: true,
    API_BASE_URL: true,
    PORT: true,
  },
  worker: {
    ...database,
    ...storage,
    ...process,
    ANTHROPIC_API_KEY: true,
    ANTHROPIC_BASE_URL: true,
    TRELLO_API_KEY: true,
    TRELLO_API_SECRET: true,
    BROWSERBASE_API_KEY: true,
    BROWSERBASE_PROJECT_ID: true,
    BROWSER_URL: true,
    BROWSER_TOKEN: true,
    PORT: true,
    WORKER_CONCURRENCY: true,
  },
  browser: { ...process, BROWSER_TOKEN: true, EGRESS_URL: true, PORT: true },
  egress: { ...process, EGRESS_ALLOW: true, PORT: true },
  migrate: { ...process, DATABASE_ADMIN_URL: true, BACKUP_DATABASE_URL: true },
  backup: {
    ...process,
    BACKUP_DATABASE_URL: true,
    BACKUP_BUCKET: true,
    BACKUP_REGION: true,
    BACKUP_ENDPOINT: true,
    BACKUP_FORCE_PATH_STYLE: true,
    BACKUP_ACCESS_KEY_ID: true,
    BACKUP_SECRET_ACCESS_KEY: true,
    BACKUP_PASSPHRASE: true,
    BACKUP_SCHEDULE: true,
    BACKUP_DRILL_SCHEDULE: true,
    BACKUP_KEEP_DAYS: true,
    PORT: true,
  },
} as const satisfies { readonly [R in Roles]: Record<keyof RoleEnv[R], true> };

/** Exactly the names of `reads`: `satisfies` lets a spread bring in more. */
type Exact<R extends Roles> = Exclude<keyof (typeof reads)[R], keyof RoleEnv[R]> extends never ? R : never;

/** Gives each role the variables it reads, and no other. */
export function roleVariables(environment: Environment) {
  const of = <R extends Roles>(role: Exact<R> & R): Readonly<Record<string, Input<string>>> =>
    Object.fromEntries(
      (Object.keys(reads[role]) as (keyof AppEnv)[]).map((name) => [name, environment[name]]),
    );
  return {
    api: of("api"),
    worker: of("worker"),
    browser: of("browser"),
    egress: of("egress"),
    migrate: of("migrate"),
    ...(environment.BACKUP_BUCKET !== "" && { backup: of("backup") }),
  };
}
