import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationSecrets } from "../components/application-secrets.ts";
import { ConfigError } from "../infra/config/parse.ts";
import type { ConfigOf, SecretName } from "../infra/config/schema.ts";
import {
  accounts,
  addresses,
  type ImageSource,
  type RegistryCredentials,
  ports,
  storageDirectory,
} from "../infra/contracts/docker-host.ts";
import { registryOf } from "../infra/images/reference.ts";
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
    DATABASE_URL: databaseUrl(service, secrets.databaseService),
    DATABASE_DIRECT_URL: databaseUrl(service, secrets.databaseService),
    DATABASE_ADMIN_URL: databaseUrl(owner, secrets.databaseOwner),
    REDIS_URL: pulumi.secret(pulumi.interpolate`redis://${service}:${secrets.cache}@${addresses.cache}`),
    REDIS_CLUSTER: "",
    S3_BUCKET: "",
    S3_REGION: "",
    S3_ENDPOINT: "",
    S3_FORCE_PATH_STYLE: "",
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    STORAGE_DIR: storageDirectory,
    ANTHROPIC_API_KEY: configured(config, "anthropicApiKey"),
    ANTHROPIC_BASE_URL: "",
    TRELLO_API_KEY: configured(config, "trelloApiKey"),
    TRELLO_API_SECRET: configured(config, "trelloApiSecret"),
    BROWSERBASE_API_KEY: configured(config, "browserbaseApiKey"),
    BROWSERBASE_PROJECT_ID: config.browserbaseProjectId ?? "",
    BROWSER_URL: addresses.browser,
    BROWSER_TOKEN: secrets.browserToken,
    EGRESS_URL: addresses.egress,
    EGRESS_ALLOW: config.egressAllow.join(","),
    AUTH_SECRET: secrets.authSecret,
    OWNER_EMAIL: config.ownerEmail ?? "",
    OWNER_BOOTSTRAP_TOKEN: secrets.bootstrapToken,
    FRONTEND_URL: frontend,
    API_BASE_URL: pulumi.interpolate`${frontend}/api`,
    PORT: `${ports.role}`,
    WORKER_CONCURRENCY: `${config.sessions}`,
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
          BACKUP_PASSPHRASE: secrets.backupPassphrase,
          BACKUP_SCHEDULE: backup.schedule,
          BACKUP_DRILL_SCHEDULE: backup.drillSchedule,
          BACKUP_KEEP_DAYS: `${backup.keepDays}`,
          BACKUP_POINT_IN_TIME: `${backup.pointInTime}`,
        }),
    LOG_LEVEL: "info",
    NODE_ENV: "production",
  };
}

const noBackups = {
  BACKUP_DATABASE_URL: "",
  BACKUP_BUCKET: "",
  BACKUP_REGION: "",
  BACKUP_ENDPOINT: "",
  BACKUP_FORCE_PATH_STYLE: "",
  BACKUP_ACCESS_KEY_ID: "",
  BACKUP_SECRET_ACCESS_KEY: "",
  BACKUP_PASSPHRASE: "",
  BACKUP_SCHEDULE: "",
  BACKUP_DRILL_SCHEDULE: "",
  BACKUP_KEEP_DAYS: "",
  BACKUP_POINT_IN_TIME: "",
};

/** A secret of the stack's configuration; the parsed configuration tells only that it is there. */
const configured = ({ secrets }: Config, name: SecretName): pulumi.Input<string> =>
  secrets.includes(name) ? new pulumi.Config().requireSecret(name) : "";

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

/** One registry's password is told to no other. */
function credentialsOf(
  config: Config,
  { app, web }: NonNullable<Config["image"]>,
): { credentials?: RegistryCredentials } {
  if (config.registryUsername === undefined) return {};
  const [registry, other] = [registryOf(app), registryOf(web)];
  if (registry !== other) {
    const why = `is at ${other} and testfarm:image.app at ${registry}`;
    throw wrong("image.web", `${why}; testfarm:registryUsername is for one registry: keep both there`);
  }
  const password = configured(config, "registryPassword");
  return { credentials: { registry, username: config.registryUsername, password } };
}

const wrong = (name: string, message: string): ConfigError =>
  new ConfigError(`Pulumi.${pulumi.getStack()}.yaml`, [{ path: `testfarm:${name}`, message }]);
