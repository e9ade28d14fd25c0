import { Database as SqlDatabase } from "@pulumi/gcp/sql/database.js";
import { DatabaseInstance } from "@pulumi/gcp/sql/databaseInstance.js";
import { User } from "@pulumi/gcp/sql/user.js";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
import { databaseUrl } from "../database-address.ts";
import { kept } from "../gcp/lifetime.ts";
import { privateServicesOf } from "../gcp/private-services.ts";
import { googleCloud } from "../gcp/provider.ts";

const port = 5432;

/**
 * PostgreSQL 17 at Cloud SQL, edition Enterprise, with an address in the stack's network only: one processor and 3.75 GB, on a
 * disk that grows by itself. It is backed up every night, for a week; in that week it can be restored to any moment.
 *
 * `highAvailability` is changed in place, with a restart. Another region or label replaces it, which the protection refuses; Google
 * gives a deleted instance's name again only after a week.
 *
 * It takes connections by TLS only. Its certificate is not verified: it is signed by an authority of this instance alone and names
 * no host (https://docs.cloud.google.com/sql/docs/postgres/authorize-ssl), and nobody else answers at its address in a network
 * that is the stack's own. PostgreSQL's own programs know no `no-verify`: say `require` to them.
 *
 * `cloudsql.logical_decoding` stands from the first day, since turning it on restarts the instance
 * (https://docs.cloud.google.com/sql/docs/postgres/replication/configure-logical-replication). 200 connections, twice Google's
 * own number for this memory, are those of three APIs, of five workers, and of as many more during a release.
 */
export class CloudSqlDatabase extends pulumi.ComponentResource implements KubernetesDatabase {
  readonly variables: KubernetesDatabase["variables"];
  readonly destinations: KubernetesDatabase["destinations"];
  readonly ready: KubernetesDatabase["ready"];

  constructor(name: string, args: KubernetesDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:CloudSql", name, {}, options);
    const { label, region, ephemeral, highAvailability, passwords } = args;
    const child = { parent: this, provider: googleCloud(args), ...kept(args) };
    const made = new DatabaseInstance(
      name,
      {
        name: label,
        region,
        databaseVersion: "POSTGRES_17",
        deletionProtection: !ephemeral,
        settings: {
          edition: "ENTERPRISE",
          tier: "db-custom-1-3840",
          availabilityType: highAvailability ? "REGIONAL" : "ZONAL",
          diskType: "PD_SSD",
          diskSize: 10,
          diskAutoresize: true,
          deletionProtectionEnabled: !ephemeral,
          retainBackupsOnDelete: !ephemeral,
          ipConfiguration: {
            ipv4Enabled: false,
            privateNetwork: privateServicesOf(args).network,
            sslMode: "ENCRYPTED_ONLY",
          },
          backupConfiguration: {
            enabled: true,
            startTime: "01:00",
            backupRetentionSettings: { retentionUnit: "COUNT", retainedBackups: 7 },
            pointInTimeRecoveryEnabled: true,
            transactionLogRetentionDays: 7,
          },
          // The night to Sunday, after the backup.
          maintenanceWindow: { day: 7, hour: 2, updateTrack: "stable" },
          databaseFlags: [
            { name: "cloudsql.logical_decoding", value: "on" },
            { name: "max_connections", value: "200" },
          ],
        },
      },
      child,
    );
    // Neither can be removed while there are tables; they go with the instance.
    const inInstance = { instance: made.name, deletionPolicy: "ABANDON" };
    const database = new SqlDatabase(`${name}-database`, { ...inInstance, name: accounts.database }, child);
    const owner = new User(
      `${name}-owner`,
      { ...inInstance, name: accounts.owner, password: passwords.owner },
      child,
    );

    const host = made.privateIpAddress;
    const urlOf = (user: string, password: pulumi.Input<string>) =>
      pulumi.interpolate`${databaseUrl({ host, port, database: accounts.database, isPrivate: true }, user, password)}?sslmode=no-verify`;
    const service = urlOf(accounts.service, passwords.service);
    this.variables = {
      DATABASE_URL: service,
      DATABASE_DIRECT_URL: service,
      DATABASE_ADMIN_URL: urlOf(accounts.owner, passwords.owner),
    };
    this.destinations = [{ to: { ranges: [pulumi.interpolate`${host}/32`] }, port }];
    this.ready = [database, owner];
    this.registerOutputs();
  }
}
