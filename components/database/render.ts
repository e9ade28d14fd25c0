import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { postgres } from "../provider/vendors/render/postgres.ts";
import { databaseUrl } from "../database-address.ts";

const Postgres = resourceClass("render", "Postgres", postgres);

/**
 * PostgreSQL at Render, with 1 GB of memory: the smallest plan's 256 MB would have to hold a hundred connections too.
 *
 * Its size is changed in place; another name, workspace or city replaces it, which the protection refuses. The owner's
 * password is Render's.
 *
 * Only services of the same region reach it, by the private network, which needs no TLS
 * (https://render.com/tutorials/postgres-on-render/introduction); there is no pooler. The owner may make accounts
 * (unverified).
 */
export class RenderDatabase extends pulumi.ComponentResource implements Database {
  readonly variables: Database["variables"];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:Render", name, {}, options);
    const { label, near, ephemeral, passwords } = args;
    const made = new Postgres(
      name,
      {
        name: label,
        ownerId: args.accounts.requireIdAt("render"),
        region: regions.render[near],
        plan: "basic_1gb",
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: args.accounts.at("render"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    const { host, port, database } = made;
    const place = { host, port, database, isPrivate: true };
    const url = databaseUrl(place, accounts.service, passwords.service);
    this.variables = {
      DATABASE_URL: url,
      DATABASE_DIRECT_URL: url,
      DATABASE_ADMIN_URL: databaseUrl(place, made.user, made.password),
    };
    this.registerOutputs();
  }
}
