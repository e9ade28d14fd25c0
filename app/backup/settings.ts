import type { Env } from "../env.ts";
import { backupStore, type BackupStore } from "./store.ts";

/** The bucket of backups that the environment names. */
export function storeOf(env: Env<"backup"> | Env<"restore">): BackupStore {
  const { BACKUP_ACCESS_KEY_ID: accessKeyId, BACKUP_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return backupStore(
    {
      name: env.BACKUP_BUCKET,
      region: env.BACKUP_REGION,
      endpoint: env.BACKUP_ENDPOINT,
      forcePathStyle: env.BACKUP_FORCE_PATH_STYLE,
      ...(accessKeyId !== undefined &&
        secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
    },
    env.BACKUP_PASSPHRASE,
  );
}
