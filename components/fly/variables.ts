/** What of a role's variables is a secret, and what everybody with access to the app may read. */
import type { Input } from "@pulumi/pulumi";
import type { reads } from "../../infra/contracts/role-variables.ts";

type Name = { readonly [Role in keyof typeof reads]: keyof (typeof reads)[Role] }[keyof typeof reads];
type Variables = Readonly<Record<string, Input<string>>>;

/** All others are kept as secrets, also one that is added later. */
const open: { readonly [Each in Name]?: true } = {
  ANTHROPIC_BASE_URL: true,
  API_BASE_URL: true,
  BACKUP_POINT_IN_TIME: true,
  BROWSER_URL: true,
  BROWSERBASE_PROJECT_ID: true,
  FRONTEND_URL: true,
  LOG_LEVEL: true,
  NODE_ENV: true,
  PORT: true,
  REDIS_CLUSTER: true,
  S3_BUCKET: true,
  S3_ENDPOINT: true,
  S3_FORCE_PATH_STYLE: true,
  S3_REGION: true,
  STORAGE_DIR: true,
  WORKER_CONCURRENCY: true,
};

/** Those that are not set are left out. */
export function apart(variables: Variables): { readonly env: Variables; readonly secrets: Variables } {
  const set = Object.entries(variables).filter(([, value]) => value !== "");
  return {
    env: Object.fromEntries(set.filter(([name]) => name in open)),
    secrets: Object.fromEntries(set.filter(([name]) => !(name in open))),
  };
}
