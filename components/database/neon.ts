import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { project } from "../provider/vendors/neon/project.ts";
import { databaseUrl } from "../database-address.ts";

const Project = resourceClass("neon", "Project", project);

/**
 * PostgreSQL in a project of its own at Neon, from a quarter of a compute unit up to one. It can be restored to any moment
 * of the last day, for which the plan Free is too small.
 *
 * Its name and its size are changed in place; another city or organization replaces it, which the protection refuses. The
 * owner's password is Neon's.
 *
 * Services ask by its pooler, in transaction mode; what needs a session goes to the compute itself
 * (https://neon.com/docs/connect/connection-pooling). The account of services is made with SQL and no superuser, which
 * one that is made by Neon's API would be (https://neon.com/docs/manage/roles). Certificates are Let's Encrypt's.
 *
 * `logicalReplication` stands from the first day, since it cannot be turned off again, and turning it on restarts the
 * compute.
 */
export class NeonDatabase extends pulumi.ComponentResource implements Database {
  readonly variables: Database["variables"];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:Neon", name, {}, options);
    const { label, near, ephemeral, passwords } = args;
    const orgId = args.accounts.idAt("neon");
    const made = new Project(
      name,
      {
        name: label,
        region: regions.neon[near],
        ...(orgId !== undefined && { orgId }),
        logicalReplication: true,
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: args.accounts.at("neon"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    const { port, database } = made;
    const pooled = { host: made.pooledHost, port, database };
    const direct = { host: made.host, port, database };
    this.variables = {
      DATABASE_URL: databaseUrl(pooled, accounts.service, passwords.service),
      DATABASE_DIRECT_URL: databaseUrl(direct, accounts.service, passwords.service),
      DATABASE_ADMIN_URL: databaseUrl(direct, made.owner, made.password),
    };
    this.registerOutputs();
  }
}
