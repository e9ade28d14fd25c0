import type { AppEnv } from "../../app/env.ts";

/** Variables that let somebody in. The others may be read by whoever may see a container's settings. */
export const secretVariables: ReadonlySet<string> = new Set<keyof AppEnv>([
  "DATABASE_URL",
  "DATABASE_DIRECT_URL",
  "DATABASE_ADMIN_URL",
  "REDIS_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "STORAGE_READ_THROUGH",
  "ANTHROPIC_API_KEY",
  "TRELLO_API_KEY",
  "TRELLO_API_SECRET",
  "BROWSERBASE_API_KEY",
  "BROWSER_TOKEN",
  "AUTH_SECRET",
  "OWNER_BOOTSTRAP_TOKEN",
  "BACKUP_DATABASE_URL",
  "BACKUP_ACCESS_KEY_ID",
  "BACKUP_SECRET_ACCESS_KEY",
  "BACKUP_PASSPHRASE",
]);
