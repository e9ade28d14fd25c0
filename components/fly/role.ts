import * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "../../infra/contracts/managed.ts";
import { App, Secrets } from "./resources.ts";
import { apart } from "./variables.ts";

/** Seconds that a process gets to end its work, which for a worker is one step of a session: as on a Docker host. */
export const killTimeout = 40;

/**
 * The app of a role with its secrets.
 *
 * @returns what its machines have in common.
 */
export function roleApp(
  name: string,
  role: keyof ServiceArgs["variables"],
  { accounts, label, image, variables }: ServiceArgs,
  addresses: { readonly sharedIpv4?: boolean; readonly ipv6?: boolean; readonly flycast?: boolean },
  options: pulumi.CustomResourceOptions,
) {
  const organization = accounts.requireIdAt("fly");
  const app = new App(`${name}-${role}`, { name: `${label}-${role}`, organization, ...addresses }, options);
  const { env, secrets } = apart(variables[role]);
  const kept = new Secrets(
    `${name}-${role}-secrets`,
    { app: app.name, values: pulumi.secret(secrets) },
    options,
  );
  return {
    app,
    run: { app: app.name, image, command: [role], env, group: role, secretsDigest: kept.digest, killTimeout },
  };
}
