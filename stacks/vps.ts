import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { ApplicationSecrets } from "../components/application-secrets.ts";
import { DockerHost } from "../components/docker-host/docker-host.ts";
import { hosts } from "../components/host/index.ts";
import { ConfigError } from "../infra/config/parse.ts";
import { placeholdersIn } from "../infra/config/placeholders.ts";
import type { ConfigOf, SecretName } from "../infra/config/schema.ts";
import {
  accounts,
  addresses,
  type ImageSource,
  ports,
  storageDirectory,
} from "../infra/contracts/docker-host.ts";
import { hostLayout } from "../infra/contracts/host.ts";
import { type Environment, roleVariables } from "./role-variables.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Tier `vps`: everything on one server. */
export async function vps(
  config: ConfigOf<"vps">,
): Promise<Environment & { SERVER_IP: pulumi.Output<string> }> {
  const stack = pulumi.getStack();
  if (!pulumi.runtime.isDryRun()) refusePlaceholders(config, stack);
  const label = `${pulumi.getProject()}-${stack}`;
  const secrets = new ApplicationSecrets("secrets");
  const host = await hosts[config.provider]("host", { label, ...config });
  const environment = environmentOf(config, config.domain ?? host.address, secrets);
  new DockerHost("docker-host", {
    label,
    engine: pulumi.interpolate`ssh://${host.user}@${host.address}`,
    ready: host.ready,
    dataDirectory: host.dataDirectory,
    site: config.domain ?? host.address,
    certificate: config.domain === undefined ? "internal" : "acme",
    sessions: config.sessions,
    chromiumProfile: hostLayout.chromiumProfile,
    images: imageSource(config, pulumi.interpolate`${host.user}@${host.address}`),
    passwords: secrets,
    variables: roleVariables(environment),
  });
  return { ...environment, SERVER_IP: host.address };
}

/** Values for the containers, whose networks nobody else is on; `""` is what this tier does not set. */
function environmentOf(
  config: ConfigOf<"vps">,
  site: pulumi.Input<string>,
  secrets: ApplicationSecrets,
): Environment {
  const { service, owner, database } = accounts;
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
    AUTH_SECRET: secrets.authSecret,
    OWNER_EMAIL: config.ownerEmail ?? "",
    OWNER_BOOTSTRAP_TOKEN: secrets.bootstrapToken,
    FRONTEND_URL: frontend,
    API_BASE_URL: pulumi.interpolate`${frontend}/api`,
    PORT: `${ports.role}`,
    WORKER_CONCURRENCY: `${config.sessions}`,
    LOG_LEVEL: "info",
    NODE_ENV: "production",
  };
}

/** A secret of the stack's configuration; the parsed configuration tells only that it is there. */
const configured = ({ secrets }: ConfigOf<"vps">, name: SecretName): pulumi.Input<string> =>
  secrets.includes(name) ? new pulumi.Config().requireSecret(name) : "";

function imageSource({ image }: ConfigOf<"vps">, ssh: pulumi.Output<string>): ImageSource {
  if (image !== undefined) return { from: "registry", ...image };
  if (existsSync(join(repository, "Dockerfile"))) return { from: "repository", root: repository, ssh };
  throw new ConfigError(`Pulumi.${pulumi.getStack()}.yaml`, [
    {
      path: "testfarm:image",
      message: `missing; ${repository} has no Dockerfile to build from, so name two images, app and web`,
    },
  ]);
}

function refusePlaceholders(config: ConfigOf<"vps">, stack: string): void {
  const problems = placeholdersIn(config);
  if (problems.length > 0) throw new ConfigError(`Pulumi.${stack}.yaml`, problems);
}
