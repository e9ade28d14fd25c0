import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";
import { railwayStore } from "../railway/store.ts";
import { databaseUrl } from "../database-address.ts";

const mountPath = "/var/lib/postgresql/data";

/** As on a Docker host: the data can be moved while it is used, and a forgotten slot does not fill the disk. */
const command = "docker-entrypoint.sh postgres -c wal_level=logical -c max_slot_wal_keep_size=2GB";

/**
 * PostgreSQL in a container at Railway, whose volume is protected and kept. There is no pooler, and no way in but by the
 * private network, which is encrypted (https://docs.railway.com/networking/private-networking/how-it-works).
 *
 * Passwords are what the data was made with: another one in the stack reaches the server only by hand. Another city moves
 * it, with a pause. As the container ends, PostgreSQL waits for its clients until it is killed, and then reads its log
 * again: SIGTERM is all that Railway sends (https://www.postgresql.org/docs/17/server-shutdown.html).
 */
export class RailwayDatabase extends pulumi.ComponentResource implements Database {
  readonly variables: Database["variables"];

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:Railway", name, {}, options);
    const { passwords } = args;
    const { owner, service, database } = accounts;
    const host = railwayStore(name, {
      ...args,
      parent: this,
      name: "postgres",
      command,
      variables: {
        POSTGRES_DB: database,
        POSTGRES_USER: owner,
        POSTGRES_PASSWORD: pulumi.secret(passwords.owner),
        POSTGRES_INITDB_ARGS: "--data-checksums --auth-host=scram-sha-256 --auth-local=trust",
        // Below the mount, which has a directory of its own in it: https://docs.railway.com/volumes
        PGDATA: `${mountPath}/17`,
      },
      mountPath,
    });
    const place = { host, port: 5432, database, isPrivate: true };
    const url = databaseUrl(place, service, passwords.service);
    this.variables = {
      DATABASE_URL: url,
      DATABASE_DIRECT_URL: url,
      DATABASE_ADMIN_URL: databaseUrl(place, owner, passwords.owner),
    };
    this.registerOutputs();
  }
}
