/** Values that a stack file holds encrypted (`pulumi config set --secret testfarm:<name>`), never in clear. */
export const secretNames = [
  "anthropicApiKey",
  "trelloApiKey",
  "trelloApiSecret",
  "browserbaseApiKey",
  "backupAccessKeyId",
  "backupSecretAccessKey",
  "registryPassword",
  // Of the stack that an installation comes from, in place of those that this one would make for itself; `npm run promote`
  // sets them. Without the first one everybody would be signed out, without the second its backups could not be read.
  "authSecret",
  "backupPassphrase",
  // Its bucket, as JSON, for as long as screenshots may be read from there.
  "storageReadThrough",
  // Tokens of the managed tiers' companies; docs/paas.md and docs/fly.md say where each is made, and its scopes.
  "flyToken",
  "neonApiKey",
  "netlifyToken",
  "railwayToken",
  "renderApiKey",
  "supabaseAccessToken",
  "upstashApiKey",
  // What is `external` to a cluster: docs/kubernetes.md.
  "databaseUrl",
  "databaseDirectUrl",
  "databaseAdminUrl",
  "redisUrl",
  "bucketAccessKeyId",
  "bucketSecretAccessKey",
] as const;
export type SecretName = (typeof secretNames)[number];
