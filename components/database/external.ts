import * as pulumi from "@pulumi/pulumi";
import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
import { serverAt } from "../external/destination.ts";

/**
 * PostgreSQL 17 that is there, by the addresses in the configuration. `url` and `directUrl` sign in as `app`, which the
 * role `migrate` makes with that password where `adminUrl` may make accounts; `directUrl` is where `url` is of a pooler
 * in transaction mode. Backups, availability and TLS (`?sslmode=verify-full`) are the affair of whoever runs it.
 *
 * Pods may then reach any address on the ports of these.
 */
export class ExternalDatabase extends pulumi.ComponentResource implements KubernetesDatabase {
  readonly variables: KubernetesDatabase["variables"];
  readonly destinations: KubernetesDatabase["destinations"];
  readonly ready: KubernetesDatabase["ready"] = [];

  constructor(name: string, { external }: KubernetesDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:External", name, {}, options);
    const { url, adminUrl } = external;
    const directUrl = external.directUrl === "" ? url : external.directUrl;
    this.variables = {
      DATABASE_URL: pulumi.secret(url),
      DATABASE_DIRECT_URL: pulumi.secret(directUrl),
      DATABASE_ADMIN_URL: pulumi.secret(adminUrl),
    };
    this.destinations = [...new Set([url, directUrl, adminUrl])].map((each) => serverAt("databaseUrl", each));
    this.registerOutputs();
  }
}
