import { Instance } from "@pulumi/aws/rds/instance.js";
import { ParameterGroup } from "@pulumi/aws/rds/parameterGroup.js";
import { SubnetGroup } from "@pulumi/aws/rds/subnetGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
import { kept } from "../aws/lifetime.ts";
import { awsNetwork } from "../aws/network.ts";
import { awsProvider } from "../aws/provider.ts";
import { databaseUrl } from "../database-address.ts";

const port = 5432;

/**
 * RDS itself refuses `admin`, "a reserved word used by the engine" (tried by others:
 * https://github.com/aws-cloudformation/cfn-lint/pull/4425, 2026-03-26).
 */
const owner = "postgres";

/**
 * PostgreSQL 17 at Amazon RDS, in the private subnets, for nodes alone: 2 processors and 4 GB, on an encrypted disk that
 * grows from 20 to 200 GB. Its certificate is of Amazon's own authority, which the application brings along
 * (app/db/authority.ts).
 *
 * Backups are kept for 7 days, in which any moment can be restored; a deleted database leaves a last snapshot. With
 * `highAvailability` a second one in another zone takes over, which is turned on and off in place, as are size, version and
 * the owner's password: at once, with a restart of minutes where RDS needs one.
 *
 * Another label replaces it, which the protection refuses.
 */
export class RdsDatabase extends pulumi.ComponentResource implements KubernetesDatabase {
  readonly variables: KubernetesDatabase["variables"];
  readonly destinations: KubernetesDatabase["destinations"];
  readonly ready: KubernetesDatabase["ready"];

  constructor(name: string, args: KubernetesDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:Rds", name, {}, options);
    const { label, ephemeral, passwords } = args;
    const network = awsNetwork(args);
    const child = { parent: this, provider: awsProvider(args), ...kept(args) };
    const group = network.groupForNodes(name, { name: `${label}-postgres`, port }, child);
    const subnets = new SubnetGroup(name, { name: label, subnetIds: network.privateSubnetIds }, child);
    const parameters = new ParameterGroup(
      name,
      {
        name: `${label}-postgres17`,
        family: "postgres17",
        parameters: [
          { name: "rds.force_ssl", value: "1" },
          // So that it can be moved elsewhere while it is used.
          { name: "rds.logical_replication", value: "1", applyMethod: "pending-reboot" },
        ],
      },
      child,
    );
    const instance = new Instance(
      name,
      {
        identifier: label,
        engine: "postgres",
        engineVersion: "17",
        autoMinorVersionUpgrade: true,
        applyImmediately: true,
        instanceClass: "db.t4g.medium",
        storageType: "gp3",
        allocatedStorage: 20,
        maxAllocatedStorage: 200,
        storageEncrypted: true,
        dbName: accounts.database,
        username: owner,
        password: pulumi.secret(passwords.owner),
        multiAz: args.highAvailability,
        dbSubnetGroupName: subnets.name,
        vpcSecurityGroupIds: [group.id],
        publiclyAccessible: false,
        parameterGroupName: parameters.name,
        caCertIdentifier: "rds-ca-rsa2048-g1",
        backupRetentionPeriod: 7,
        copyTagsToSnapshot: true,
        deleteAutomatedBackups: ephemeral,
        deletionProtection: !ephemeral,
        skipFinalSnapshot: ephemeral,
        ...(!ephemeral && { finalSnapshotIdentifier: `${label}-final` }),
      },
      child,
    );
    const at = { host: instance.address, port, database: accounts.database };
    const service = databaseUrl(at, accounts.service, passwords.service);
    this.variables = {
      DATABASE_URL: service,
      DATABASE_DIRECT_URL: service,
      DATABASE_ADMIN_URL: databaseUrl(at, owner, passwords.owner),
    };
    this.destinations = [{ to: { ranges: network.privateRanges }, port }];
    this.ready = [instance];
    this.registerOutputs();
  }
}
