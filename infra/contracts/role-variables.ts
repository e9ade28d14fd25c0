/** Which variables each role reads, as names that a program has: of the application only types are imported. */
import type { RoleEnv } from "../../app/env.ts";
import type { readByOperators } from "../../app/env/roles.ts";

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

const model = {
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_BASE_URL: true,
  TRELLO_API_KEY: true,
  TRELLO_API_SECRET: true,
  BROWSERBASE_API_KEY: true,
  BROWSERBASE_PROJECT_ID: true,
  BROWSER_URL: true,
  BROWSER_TOKEN: true,
  WORKER_CONCURRENCY: true,
} as const;
const people = {
  AUTH_SECRET: true,
  OWNER_EMAIL: true,
  OWNER_BOOTSTRAP_TOKEN: true,
  FRONTEND_URL: true,
  API_BASE_URL: true,
  STORAGE_READ_THROUGH: true,
} as const;
const backups = {
  BACKUP_BUCKET: true,
  BACKUP_REGION: true,
  BACKUP_ENDPOINT: true,
  BACKUP_FORCE_PATH_STYLE: true,
  BACKUP_ACCESS_KEY_ID: true,
  BACKUP_SECRET_ACCESS_KEY: true,
  BACKUP_PASSPHRASE: true,
} as const;

/** What `app/env/roles.ts` says that each role of a deployment reads; a name too few or too many does not compile. */
export const reads = {
  api: { ...database, ...storage, ...process, ...people, PORT: true },
  worker: { ...database, ...storage, ...process, ...model, PORT: true },
  browser: { ...process, BROWSER_TOKEN: true, EGRESS_URL: true, PORT: true },
  egress: { ...process, EGRESS_ALLOW: true, PORT: true },
  migrate: {
    ...process,
    DATABASE_ADMIN_URL: true,
    DATABASE_DIRECT_URL: true,
    BACKUP_DATABASE_URL: true,
    BACKUP_POINT_IN_TIME: true,
  },
  backup: {
    ...process,
    ...backups,
    BACKUP_DATABASE_URL: true,
    BACKUP_SCHEDULE: true,
    BACKUP_DRILL_SCHEDULE: true,
    BACKUP_KEEP_DAYS: true,
    BACKUP_POINT_IN_TIME: true,
    PORT: true,
  },
} as const satisfies { readonly [Role in keyof RoleEnv]: Record<keyof RoleEnv[Role], true> };

/** The same for what an operator runs once beside a stack. */
export const readByOperator = {
  smoke: { ...database, ...storage, ...process, ...people, ...model },
  restore: { ...process, ...backups, DATABASE_ADMIN_URL: true },
  objects: { ...storage, ...process },
} as const satisfies {
  readonly [Role in keyof typeof readByOperators]: Record<(typeof readByOperators)[Role][number], true>;
};
