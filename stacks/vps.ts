import * as pulumi from "@pulumi/pulumi";
import { ApplicationSecrets } from "../components/application-secrets.ts";
import { DockerHost } from "../components/docker-host/docker-host.ts";
import { hosts } from "../components/host/index.ts";
import { sshOptions } from "../components/ssh.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import { catalogues } from "../infra/hosts/index.ts";
import { hostLayout } from "../infra/contracts/host.ts";
import { environmentOf, imageSource } from "./docker-environment.ts";
import { type Environment, roleVariables } from "./role-variables.ts";
import { siteOf } from "./site.ts";

/** Tier `vps`: everything on one server. */
export async function vps(config: ConfigOf<"vps">): Promise<
  Environment & {
    ACCESS: pulumi.Output<string>;
    SERVER_IP: pulumi.Output<string>;
    DNS_RECORDS?: pulumi.Output<string>;
  }
> {
  const stack = pulumi.getStack();
  const label = `${pulumi.getProject()}-${stack}`;
  const secrets = new ApplicationSecrets("secrets", config);
  const host = await hosts[config.provider]("host", { label, ...config });
  const environment = environmentOf(config, config.domain ?? host.address, secrets);
  const { outputs, ...site } = await siteOf(config, host.address);
  const { access } = new DockerHost("docker-host", {
    label,
    engine: {
      target: pulumi.interpolate`${host.user}@${host.address}`,
      sshOptions: pulumi
        .all([host.address, host.hostKey])
        .apply(([address, hostKey]) => sshOptions(address, hostKey)),
      ready: host.ready,
    },
    dataDirectory: host.dataDirectory,
    ...site,
    httpPort: 80,
    httpsPort: 443,
    ephemeral: config.ephemeral,
    machine: catalogues[config.provider].sizes[config.size],
    sessions: config.sessions,
    chromiumProfile: hostLayout.chromiumProfile,
    images: imageSource(config),
    passwords: secrets,
    variables: roleVariables(environment),
  });
  return { ...environment, ...outputs, ACCESS: access, SERVER_IP: host.address };
}
