import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope.js";
import { Configuration } from "@pulumi/azure-native/dbforpostgresql/configuration.js";
import { Database as PostgresDatabase } from "@pulumi/azure-native/dbforpostgresql/database.js";
import { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
import { azureNetwork, kept, ranges } from "../azure/network.ts";
import { PrivateZone } from "../azure/private-zone.ts";
import { databaseUrl } from "../database-address.ts";

/** Azure refuses `admin` (https://learn.microsoft.com/en-us/azure/postgresql/troubleshoot/how-to-troubleshoot-common-errors). */
const owner = "owner";

/**
 * By whether it survives the loss of a zone, which no burstable one does. Three APIs and two workers hold 50 connections and
 * more, of which B1ms has 35 and B2s 414 (https://learn.microsoft.com/en-us/azure/postgresql/configure-maintain/concepts-limits,
 * of 2025-11-13).
 */
const sizes = {
  single: { name: "Standard_B2s", tier: "Burstable" },
  double: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" },
} as const;

/** GB. Azure doubles it before it is full, and never makes it smaller. */
const storageSizeGB = 32;

/** Days that any moment of can be restored. */
const backupRetentionDays = 7;

const port = 5432;

/** `wal_level` holds after the server's next restart: docs/aks.md says how. */
const parameters = { wal_level: "logical", require_secure_transport: "on" } as const;

/**
 * PostgreSQL 17 at Azure Database for PostgreSQL, in a subnet of its own without an address on the internet, backed up with
 * every moment of the last 7 days. Its certificate is of a public authority and is verified.
 *
 * Password and `highAvailability` (another size, with a restart, and a standby in another zone) are changed in place; another
 * region is refused. A lock keeps everybody from deleting the server before the lock, in the portal too: Azure has no other
 * protection, and keeps a deleted server's backup for 5 days.
 */
export class FlexibleServerDatabase extends pulumi.ComponentResource implements KubernetesDatabase {
  readonly variables: KubernetesDatabase["variables"];
  readonly destinations: KubernetesDatabase["destinations"] = [{ to: { ranges: [ranges.database] }, port }];
  readonly ready: KubernetesDatabase["ready"];

  constructor(name: string, args: KubernetesDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:FlexibleServer", name, {}, options);
    const { label, region: location, highAvailability, ephemeral, passwords } = args;
    const network = azureNetwork(args);
    const child = { parent: this, ...kept(args) };
    const zone = new PrivateZone(
      `${name}-zone`,
      { zone: `${label}.private.postgres.database.azure.com`, place: args },
      this,
    );
    const server = new Server(
      name,
      {
        resourceGroupName: network.group,
        serverName: network.unique,
        location,
        version: "17",
        administratorLogin: owner,
        administratorLoginPassword: pulumi.secret(passwords.owner),
        authConfig: { passwordAuth: "Enabled", activeDirectoryAuth: "Disabled" },
        sku: highAvailability ? sizes.double : sizes.single,
        highAvailability: { mode: highAvailability ? "ZoneRedundant" : "Disabled" },
        storage: { storageSizeGB, autoGrow: "Enabled" },
        backup: { backupRetentionDays, geoRedundantBackup: "Disabled" },
        network: {
          delegatedSubnetResourceId: network.subnets.database,
          privateDnsZoneArmResourceId: zone.id,
        },
        maintenanceWindow: { customWindow: "Enabled", dayOfWeek: 0, startHour: 2, startMinute: 0 },
      },
      // It grows by itself, and moves to the other zone when one is lost.
      { ...child, dependsOn: [zone.ready], ignoreChanges: ["storage.storageSizeGB", "availabilityZone"] },
    );
    if (!ephemeral)
      new ManagementLockByScope(
        `${name}-lock`,
        { lockName: "data", level: "CanNotDelete", scope: server.id, notes: "It has the data of TestFarm." },
        child,
      );
    const inServer = { resourceGroupName: network.group, serverName: server.name };
    const database = new PostgresDatabase(
      `${name}-database`,
      { ...inServer, databaseName: accounts.database, charset: "UTF8", collation: "en_US.utf8" },
      child,
    );
    // One after the other: a server refuses a change while another one is under way.
    const configured = Object.entries(parameters).reduce<pulumi.Resource>(
      (before, [configurationName, value]) =>
        new Configuration(
          `${name}-${configurationName.replaceAll("_", "-")}`,
          { ...inServer, configurationName, value, source: "user-override" },
          { ...child, dependsOn: [before] },
        ),
      database,
    );
    const at = { host: server.fullyQualifiedDomainName, port, database: accounts.database };
    const service = databaseUrl(at, accounts.service, passwords.service);
    this.variables = {
      DATABASE_URL: service,
      DATABASE_DIRECT_URL: service,
      DATABASE_ADMIN_URL: databaseUrl(at, owner, passwords.owner),
    };
    this.ready = [configured];
    this.registerOutputs();
  }
}
