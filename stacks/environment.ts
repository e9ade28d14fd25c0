import * as pulumi from "@pulumi/pulumi";
import type { ApplicationSecrets } from "../components/application-secrets.ts";
import { ConfigError } from "../infra/config/parse.ts";
import type { Config } from "../infra/config/schema.ts";
import type { SecretName } from "../infra/config/secrets.ts";
import { ports, type RegistryCredentials } from "../infra/contracts/docker-host.ts";
import { registryOf } from "../infra/images/reference.ts";

/**
 * What every tier says alike.
 *
 * @param site where people open the page, without a slash at the end.
 * @param concurrency sessions that one worker runs at the same time.
 */
export const commonEnvironment = (
  config: Config,
  site: pulumi.Input<string>,
  secrets: Pick<ApplicationSecrets, "authSecret" | "bootstrapToken">,
  concurrency: number,
) => ({
  REDIS_CLUSTER: "",
  STORAGE_READ_THROUGH: configured(config, "storageReadThrough"),
  ANTHROPIC_API_KEY: configured(config, "anthropicApiKey"),
  ANTHROPIC_BASE_URL: "",
  TRELLO_API_KEY: configured(config, "trelloApiKey"),
  TRELLO_API_SECRET: configured(config, "trelloApiSecret"),
  BROWSERBASE_API_KEY: configured(config, "browserbaseApiKey"),
  BROWSERBASE_PROJECT_ID: config.browserbaseProjectId ?? "",
  AUTH_SECRET: carried(config, "authSecret", secrets.authSecret),
  OWNER_EMAIL: config.ownerEmail ?? "",
  OWNER_BOOTSTRAP_TOKEN: secrets.bootstrapToken,
  FRONTEND_URL: site,
  API_BASE_URL: pulumi.interpolate`${site}/api`,
  PORT: `${ports.role}`,
  WORKER_CONCURRENCY: `${concurrency}`,
  LOG_LEVEL: "info",
  NODE_ENV: "production",
});

/** A secret of the stack's configuration; the parsed configuration tells only that it is there. */
export const configured = ({ secrets }: Pick<Config, "secrets">, name: SecretName): pulumi.Input<string> =>
  secrets.includes(name) ? new pulumi.Config().requireSecret(name) : "";

/** A secret that the installation has brought along from an earlier stack; otherwise the one that this stack has made. */
export const carried = (
  config: Pick<Config, "secrets">,
  name: "authSecret" | "backupPassphrase",
  own: pulumi.Output<string>,
): pulumi.Input<string> => configured(config, name) || own;

/** No backups by the application. */
export const noBackups = {
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

/** Who may pull the stack's images; one registry's password is told to no other. */
export function credentialsOf(
  config: Pick<Config, "secrets"> & { readonly registryUsername?: string | undefined },
  { app, web }: { readonly app: string; readonly web?: string | undefined },
): { readonly credentials?: RegistryCredentials } {
  if (config.registryUsername === undefined) return {};
  const registry = registryOf(app);
  const other = web === undefined ? registry : registryOf(web);
  if (registry !== other) {
    const why = `is at ${other} and testfarm:image.app at ${registry}`;
    throw wrong("image.web", `${why}; testfarm:registryUsername is for one registry: keep both there`);
  }
  const password = configured(config, "registryPassword");
  return { credentials: { registry, username: config.registryUsername, password } };
}

export const wrong = (name: string, message: string): ConfigError =>
  new ConfigError(`Pulumi.${pulumi.getStack()}.yaml`, [{ path: `testfarm:${name}`, message }]);
