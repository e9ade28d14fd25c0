import * as pulumi from "@pulumi/pulumi";
import { accounts, isPointInTime } from "../../infra/contracts/docker-host.ts";
import { single } from "./container.ts";
import type { Parts } from "./parts.ts";
import { runAs } from "./volumes.ts";

/**
 * Settings beside PostgreSQL's own defaults. A quarter of the memory for shared buffers is what its manual starts from:
 * https://www.postgresql.org/docs/17/runtime-config-resource.html. `wal_level` stands from the first day, so that the data can be
 * moved while it is used; the limit keeps a forgotten replication slot from filling the disk.
 */
const settings = (megabytes: number) => ({
  wal_level: "logical",
  max_slot_wal_keep_size: "2GB",
  max_connections: "100",
  shared_buffers: `${megabytes / 4}MB`,
  effective_cache_size: `${megabytes / 2}MB`,
  work_mem: "4MB",
  maintenance_work_mem: `${megabytes / 8}MB`,
  password_encryption: "scram-sha-256",
});

/**
 * A segment of the log is full after so many seconds, where anything was written, and can then leave the machine:
 * https://www.postgresql.org/docs/17/runtime-config-wal.html#GUC-ARCHIVE-TIMEOUT. It needs no `archive_mode`.
 */
const archiving = { archive_timeout: "60", hba_file: "/etc/postgresql/pg_hba.conf" };

/** As the image makes it, and with a line for who receives the log: `all` means databases, and no replication. */
const hostAuthentication = `local all all trust
host all all all scram-sha-256
host replication ${accounts.backup} all scram-sha-256
`;

/** Runs once, when the data directory is empty. Who else may come in is let in by the role `migrate`. */
const closed = `REVOKE ALL ON DATABASE ${accounts.database} FROM PUBLIC;
`;

/** PostgreSQL 17: `admin` owns the database, and `migrate` makes the other accounts. No port is published. */
export function database({ args, images, networks, volumes, site }: Parts) {
  const isArchived = isPointInTime(args);
  const all = { ...settings(site.limits.postgres.memory), ...(isArchived && archiving) };
  return single(
    "postgres",
    {
      image: images.postgres,
      networks: [networks.data],
      command: ["postgres", ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      variables: {
        POSTGRES_DB: accounts.database,
        POSTGRES_USER: accounts.owner,
        POSTGRES_PASSWORD: pulumi.secret(args.passwords.databaseOwner),
        POSTGRES_INITDB_ARGS: "--data-checksums --auth-host=scram-sha-256 --auth-local=trust",
        PGDATA: "/var/lib/postgresql/data/17",
      },
      files: [
        { path: "/docker-entrypoint-initdb.d/10-closed.sql", content: closed },
        ...(isArchived ? [{ path: archiving.hba_file, content: hostAuthentication }] : []),
      ],
      volumes: [{ volume: volumes.postgres, path: "/var/lib/postgresql/data" }],
      user: runAs("postgres"),
      init: true,
      // By the network: while it makes the database, a server answers on the socket that is about to end.
      health: ["pg_isready", "--host", "127.0.0.1", "-U", accounts.owner, "-d", accounts.database],
    },
    site,
  );
}
