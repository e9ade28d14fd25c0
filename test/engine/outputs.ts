/** What a stack tells of itself, and must not. */
import type { AppEnv } from "../../app/env.ts";
import type { Stack, StateResource } from "./stack.ts";

/** The contract with the application; a variable added to it and not here does not compile. */
export const variables = Object.keys({
  DATABASE_URL: true,
  DATABASE_DIRECT_URL: true,
  DATABASE_ADMIN_URL: true,
  REDIS_URL: true,
  REDIS_CLUSTER: true,
  S3_BUCKET: true,
  S3_REGION: true,
  S3_ENDPOINT: true,
  S3_FORCE_PATH_STYLE: true,
  AWS_ACCESS_KEY_ID: true,
  AWS_SECRET_ACCESS_KEY: true,
  STORAGE_READ_THROUGH: true,
  STORAGE_DIR: true,
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_BASE_URL: true,
  TRELLO_API_KEY: true,
  TRELLO_API_SECRET: true,
  BROWSERBASE_API_KEY: true,
  BROWSERBASE_PROJECT_ID: true,
  BROWSER_URL: true,
  BROWSER_TOKEN: true,
  EGRESS_URL: true,
  EGRESS_ALLOW: true,
  AUTH_SECRET: true,
  OWNER_EMAIL: true,
  OWNER_BOOTSTRAP_TOKEN: true,
  FRONTEND_URL: true,
  API_BASE_URL: true,
  PORT: true,
  WORKER_CONCURRENCY: true,
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
  BACKUP_POINT_IN_TIME: true,
  LOG_LEVEL: true,
  NODE_ENV: true,
} satisfies Record<keyof AppEnv, true>);

const password = "random:index/randomPassword:RandomPassword";
const stack = "pulumi:pulumi:Stack";

/**
 * The secrets of a stack, and those of them that its state or its outputs show in clear.
 *
 * They come from generated passwords and from the stack's own outputs: elsewhere a list with a secret in it is secret as a
 * whole.
 */
export async function secretsOf({ succeed, stateText }: Stack) {
  const revealed = JSON.parse(await succeed("stack", "export", "--show-secrets")) as {
    deployment: { resources: StateResource[] };
  };
  const secrets = secretTexts(
    revealed.deployment.resources.filter(({ type }) => type === password || type === stack),
  );
  const state = stateText();
  const printed = await succeed("stack", "output");
  return { secrets, inClear: secrets.filter((text) => state.includes(text) || printed.includes(text)) };
}

/** Texts that the state holds encrypted; those too short to be looked for say nothing. */
function secretTexts(node: unknown): string[] {
  if (node === null || typeof node !== "object") return [];
  const { plaintext } = node as { plaintext?: string };
  if (plaintext !== undefined) return textsIn(JSON.parse(plaintext)).filter((text) => text.length >= 16);
  return Object.values(node).flatMap(secretTexts);
}

function textsIn(node: unknown): string[] {
  if (typeof node === "string") return [node];
  return node === null || typeof node !== "object" ? [] : Object.values(node).flatMap(textsIn);
}
