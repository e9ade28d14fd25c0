import * as pulumi from "@pulumi/pulumi";
import { ApplicationSecrets } from "../components/application-secrets.ts";
import { DockerHost } from "../components/docker-host/docker-host.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import { environmentOf, imageSource } from "./docker-environment.ts";
import { type Environment, roleVariables } from "./role-variables.ts";

/** Tier `local`: what runs on a server elsewhere, on this machine's Docker engine. */
export function local(config: ConfigOf<"local">): Environment & { ACCESS: pulumi.Output<string> } {
  const label = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const secrets = new ApplicationSecrets("secrets", config);
  const site = config.domain ?? "localhost";
  const { httpsPort } = config;
  const environment = environmentOf(config, httpsPort === 443 ? site : `${site}:${httpsPort}`, secrets);
  const { access } = new DockerHost("docker-host", {
    label,
    engine: { socket: config.socket },
    site,
    certificate: "internal",
    httpsPort,
    ephemeral: config.ephemeral,
    sessions: config.sessions,
    images: imageSource(config),
    passwords: secrets,
    variables: roleVariables(environment),
  });
  return { ...environment, ACCESS: access };
}
