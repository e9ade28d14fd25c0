import * as pulumi from "@pulumi/pulumi";
import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { Postgres, PostgresUser } from "../fly/resources.ts";

/** The database that a cluster comes with (superfly/docs, mpg/client-configuration, 2026-03-25). */
const database = "fly-db";

/**
 * A cluster of Fly.io's Managed Postgres, version 17, in the organization's private network: a primary with a replica that
 * takes over, a pooler and backups. Another label or region replaces it, which the protection refuses.
 *
 * The application uses the account `app`, which reads and writes and makes no table, through the pooler, and directly where
 * it listens; migrations are made directly by `fly-user`, which the cluster comes with. Fly.io makes all passwords: those of
 * the stack are not used.
 *
 * Connections are plain inside of the private network, which is WireGuard's. Fly.io says that "SSL is enabled by default"
 * (superfly/docs, mpg/client-configuration, 2026-03-25), but not who has signed the certificate, and its own example for
 * node-postgres asks for none: a certificate that cannot be verified would say nothing of who answers. Fly.io's proxy in
 * between ends connections when it is renewed, after 10 minutes (ibid.): the application opens new ones.
 *
 * The cluster stays when its organization loses all apps, and is paid for until it is deleted itself.
 */
export class FlyDatabase extends pulumi.ComponentResource implements Database {
  readonly variables: Database["variables"];

  constructor(name: string, { accounts, label, near, ephemeral }: DatabaseArgs) {
    super("testfarm:database:Fly", name);
    const kept = {
      parent: this,
      provider: accounts.at("fly"),
      protect: !ephemeral,
      retainOnDelete: !ephemeral,
    };
    const cluster = new Postgres(
      name,
      {
        name: label,
        organization: accounts.requireIdAt("fly"),
        region: regions.flyPostgres[near],
        version: "17",
        poolMode: "transaction",
        deletionProtection: !ephemeral,
      },
      kept,
    );
    const app = new PostgresUser(`${name}-app`, { cluster: cluster.id, name: "app", role: "writer" }, kept);
    const { host, port, poolerHost, poolerPort } = cluster;
    this.variables = {
      DATABASE_URL: urlOf(app.name, app.password, poolerHost, poolerPort),
      DATABASE_DIRECT_URL: urlOf(app.name, app.password, host, port),
      DATABASE_ADMIN_URL: urlOf("fly-user", cluster.password, host, port),
    };
    this.registerOutputs();
  }
}

const urlOf = (
  user: pulumi.Input<string>,
  password: pulumi.Output<string>,
  host: pulumi.Output<string>,
  port: pulumi.Output<number>,
): pulumi.Output<string> =>
  pulumi.secret(
    pulumi.interpolate`postgresql://${user}:${password.apply(encodeURIComponent)}@${host}:${port}/${database}`,
  );
