import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { supabase } from "../provider/vendors/supabase.ts";
import { databaseUrl } from "../database-address.ts";

const Project = resourceClass("supabase", "Project", supabase.kinds.Project);

/**
 * PostgreSQL in a project of its own at Supabase, of which nothing else is used. Its API shows none of the tables, as it
 * is the default since 2026-05-30 (https://supabase.com/changelog).
 *
 * The owner's password and the size are changed in place, and the project is renamed with the stack; another organization
 * or city replaces it, which the protection refuses.
 *
 * It is reached by the shared pooler, in transaction mode and in session mode: the database's own host has an IPv6 address
 * only. At the pooler an account's name is followed by the project's ref, and an account that was made with SQL is found
 * without further ado (https://github.com/supabase/supabase/pull/50510, of 2026-09-17). Both have certificates of
 * Supabase's own authority, which the application brings along (app/db/authority.ts).
 *
 * `pulumi up` fails with 402 where the organization is on the plan Free and has two projects, or wants a size.
 */
export class SupabaseDatabase extends pulumi.ComponentResource implements Database {
  readonly variables: Database["variables"];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:Supabase", name, {}, options);
    const { label, near, ephemeral, passwords } = args;
    const project = new Project(
      name,
      {
        name: label,
        organizationSlug: args.accounts.requireIdAt("supabase"),
        region: regions.supabase[near],
        password: pulumi.secret(passwords.owner),
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: args.accounts.at("supabase"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    const at = (port: pulumi.Output<number>) => ({
      host: project.poolerHost,
      port,
      database: project.database,
    });
    const service = pulumi.interpolate`${accounts.service}.${project.id}`;
    const session = at(project.poolerSessionPort);
    this.variables = {
      DATABASE_URL: databaseUrl(at(project.poolerTransactionPort), service, passwords.service),
      DATABASE_DIRECT_URL: databaseUrl(session, service, passwords.service),
      DATABASE_ADMIN_URL: databaseUrl(session, project.poolerUser, passwords.owner),
    };
    this.registerOutputs();
  }
}
