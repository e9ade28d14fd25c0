import type { readByOperators } from "../../app/env/roles.ts";
import { AccessError } from "../contracts/access.ts";
import type { OpenStack } from "./index.ts";
import { outdated } from "./outputs.ts";

/** What an operator runs once beside a stack. */
export type OperatorRole = keyof typeof readByOperators;

const process = { LOG_LEVEL: true, NODE_ENV: true } as const;

/** What `app/env/roles.ts` says that each role reads; a name too few or too many does not compile. */
const reads: {
  readonly [Role in OperatorRole]: Readonly<Record<(typeof readByOperators)[Role][number], true>>;
} = {
  smoke: {
    ...process,
    DATABASE_URL: true,
    DATABASE_DIRECT_URL: true,
    REDIS_URL: true,
    REDIS_CLUSTER: true,
    S3_BUCKET: true,
    S3_REGION: true,
    S3_ENDPOINT: true,
    S3_FORCE_PATH_STYLE: true,
    AWS_ACCESS_KEY_ID: true,
    AWS_SECRET_ACCESS_KEY: true,
    STORAGE_DIR: true,
    AUTH_SECRET: true,
    OWNER_EMAIL: true,
    OWNER_BOOTSTRAP_TOKEN: true,
    FRONTEND_URL: true,
    API_BASE_URL: true,
    ANTHROPIC_API_KEY: true,
    ANTHROPIC_BASE_URL: true,
    TRELLO_API_KEY: true,
    TRELLO_API_SECRET: true,
    BROWSERBASE_API_KEY: true,
    BROWSERBASE_PROJECT_ID: true,
    BROWSER_URL: true,
    BROWSER_TOKEN: true,
    WORKER_CONCURRENCY: true,
  },
  restore: {
    ...process,
    DATABASE_ADMIN_URL: true,
    BACKUP_BUCKET: true,
    BACKUP_REGION: true,
    BACKUP_ENDPOINT: true,
    BACKUP_FORCE_PATH_STYLE: true,
    BACKUP_ACCESS_KEY_ID: true,
    BACKUP_SECRET_ACCESS_KEY: true,
    BACKUP_PASSPHRASE: true,
  },
};

/**
 * The outputs that a role reads, and no others.
 *
 * @throws {AccessError} when the stack does not export all of them.
 */
export function variablesOf({ name, outputs }: Pick<OpenStack, "name" | "outputs">, role: OperatorRole) {
  const names = Object.keys(reads[role]);
  const missing = names.filter((each) => outputs[each] === undefined);
  if (missing.length > 0) throw new AccessError(outdated(name, ...missing));
  return Object.fromEntries(names.map((each) => [each, outputs[each]!]));
}
