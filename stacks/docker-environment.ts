import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationSecrets } from "../components/application-secrets.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import { accounts, addresses, type ImageSource, storageDirectory } from "../infra/contracts/docker-host.ts";
import { carried, commonEnvironment, configured, credentialsOf, noBackups, wrong } from "./environment.ts";
import type { Environment } from "./role-variables.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

type Config = ConfigOf<"local"> | ConfigOf<"vps">;

/**
 * Values for the containers of a Docker host, whose networks nobody else is on; `""` is what these tiers do not set.
 *
 * @param site where people open the page: a host, with its port where that is not 443.
 */
export function environmentOf(
  config: Config,
  site: pulumi.Input<string>,
  secrets: ApplicationSecrets,
): Environment {
  const { service, owner, backup: reader, database } = accounts;
  const { backup } = config;
  const databaseUrl = (account: string, password: pulumi.Output<string>) =>
    pulumi.secret(pulumi.interpolate`postgres://${account}:${password}@${addresses.database}/${database}`);
  const frontend = pulumi.interpolate`https://${site}`;
  return {
    ...commonEnvironment(config, frontend, secrets, config.sessions),
    DATABASE_URL: databaseUrl(service, secrets.databaseService),
    DATABASE_DIRECT_URL: databaseUrl(service, secrets.databaseService),
    DATABASE_ADMIN_URL: databaseUrl(owner, secrets.databaseOwner),
    REDIS_URL: pulumi.secret(pulumi.interpolate`redis://${service}:${secrets.cache}@${addresses.cache}`),
    S3_BUCKET: "",
    S3_REGION: "",
    S3_ENDPOINT: "",
    S3_FORCE_PATH_STYLE: "",
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    STORAGE_DIR: storageDirectory,
    BROWSER_URL: addresses.browser,
    BROWSER_TOKEN: secrets.browserToken,
    EGRESS_URL: addresses.egress,
    EGRESS_ALLOW: config.egressAllow.join(","),
    ...(backup === undefined
      ? noBackups
      : {
          BACKUP_DATABASE_URL: databaseUrl(reader, secrets.databaseBackup),
          BACKUP_BUCKET: backup.bucket,
          BACKUP_REGION: backup.region ?? "",
          BACKUP_ENDPOINT: backup.endpoint ?? "",
          BACKUP_FORCE_PATH_STYLE: `${backup.forcePathStyle}`,
          BACKUP_ACCESS_KEY_ID: configured(config, "backupAccessKeyId"),
          BACKUP_SECRET_ACCESS_KEY: configured(config, "backupSecretAccessKey"),
          BACKUP_PASSPHRASE: carried(config, "backupPassphrase", secrets.backupPassphrase),
          BACKUP_SCHEDULE: backup.schedule,
          BACKUP_DRILL_SCHEDULE: backup.drillSchedule,
          BACKUP_KEEP_DAYS: `${backup.keepDays}`,
          BACKUP_POINT_IN_TIME: `${backup.pointInTime}`,
        }),
  };
}

export function imageSource(config: Config): ImageSource {
  const { image, registryUsername } = config;
  if (image !== undefined) return { from: "registry", ...image, ...credentialsOf(config, image) };
  if (registryUsername !== undefined)
    throw wrong(
      "image",
      "missing; testfarm:registryUsername is of use only with it; name two images, app and web",
    );
  if (existsSync(join(repository, "Dockerfile"))) {
    return { from: "repository", root: repository };
  }
  throw wrong(
    "image",
    `missing; ${repository} has no Dockerfile to build from, so name two images, app and web`,
  );
}
