import { expect, test } from "vitest";
import { kubernetesDatabase } from "../../../components/database/index.ts";
import type { KubernetesDatabaseArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret } from "../../../infra/testing/index.ts";
import { answersOf, networkKept } from "../aws/answers.ts";
import { databaseArgs, databaseConformance } from "../kubernetes-place.ts";

const region = "eu-south-2";
const make = (args: KubernetesDatabaseArgs) => kubernetesDatabase.eks("database", { ...args, region });

/** What a database is in stays too: its network, and of its own a security group, subnets and settings. */
databaseConformance(make, {
  respond: answersOf,
  kept: [...networkKept, "database", "database", "database", "database"],
});

const start = (change: Partial<KubernetesDatabaseArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(databaseArgs(change));
      return { ...variables, destinations };
    },
    { preview: false, respond: answersOf },
  );
const instance = "aws:rds/instance:Instance";

test("is PostgreSQL 17 in the private subnets, encrypted, with backups of any moment of a week", async () => {
  const recording = await start();
  const { inputs, dataFlow } = resourceOf(recording, instance);
  expect(inputs).toEqual({
    identifier: "testfarm-test",
    engine: "postgres",
    engineVersion: "17",
    autoMinorVersionUpgrade: true,
    applyImmediately: true,
    instanceClass: "db.t4g.medium",
    storageType: "gp3",
    allocatedStorage: 20,
    maxAllocatedStorage: 200,
    storageEncrypted: true,
    dbName: "testfarm",
    username: "postgres",
    password: expect.any(Secret) as Secret,
    multiAz: false,
    dbSubnetGroupName: "testfarm-test",
    vpcSecurityGroupIds: ["database-id"],
    publiclyAccessible: false,
    parameterGroupName: "testfarm-test-postgres17",
    caCertIdentifier: "rds-ca-rsa2048-g1",
    backupRetentionPeriod: 7,
    copyTagsToSnapshot: true,
    deleteAutomatedBackups: false,
    deletionProtection: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: "testfarm-test-final",
  });
  expect((inputs["password"] as Secret).reveal()).toBe("canary-owner");
  const group = resourceOf(recording, "aws:ec2/securityGroup:SecurityGroup", "database");
  expect(dataFlow["vpcSecurityGroupIds"]).toEqual([group.key]);
  expect(resourceOf(recording, "aws:rds/subnetGroup:SubnetGroup").inputs).toMatchObject({
    subnetIds: ["network-private-0-id", "network-private-1-id", "network-private-2-id"],
  });
});

test("is reached by nodes alone, and by pods that may go to the private subnets", async () => {
  const recording = await start();
  expect(resourceOf(recording, "aws:ec2/securityGroup:SecurityGroup", "database").inputs).toEqual({
    name: "testfarm-test-postgres",
    description: "From nodes at port 5432",
    vpcId: "network-id",
    ingress: [
      {
        protocol: "tcp",
        fromPort: 5432,
        toPort: 5432,
        cidrBlocks: ["10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"],
      },
    ],
  });
  expect(recording.outputs["destinations"]).toEqual([
    { to: { ranges: ["10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"] }, port: 5432 },
  ]);
});

test("refuses connections without TLS, and can be replicated elsewhere", async () => {
  const { inputs } = resourceOf(await start(), "aws:rds/parameterGroup:ParameterGroup");
  expect(inputs).toMatchObject({
    name: "testfarm-test-postgres17",
    family: "postgres17",
    parameters: [
      { name: "rds.force_ssl", value: "1" },
      { name: "rds.logical_replication", value: "1", applyMethod: "pending-reboot" },
    ],
  });
});

test("services sign in as app and migrations as its owner, who is none that RDS refuses", async () => {
  const { outputs } = await start();
  const urlOf = (name: string) => (outputs[name] as Secret).reveal();
  const host = "testfarm-test.abc.eu-south-2.rds.amazonaws.com:5432/testfarm?sslmode=verify-full";
  expect(urlOf("DATABASE_URL")).toBe(`postgres://app:canary-service@${host}`);
  expect(urlOf("DATABASE_DIRECT_URL")).toBe(urlOf("DATABASE_URL"));
  expect(urlOf("DATABASE_ADMIN_URL")).toBe(`postgres://postgres:canary-owner@${host}`);
});

test("survives the loss of a zone where it has to", async () => {
  const { inputs } = resourceOf(await start({ highAvailability: true }), instance);
  expect(inputs["multiAz"]).toBe(true);
});

test("leaves nothing behind where its data may go", async () => {
  const { inputs } = resourceOf(await start({ ephemeral: true }), instance);
  expect(inputs).toMatchObject({
    deletionProtection: false,
    skipFinalSnapshot: true,
    deleteAutomatedBackups: true,
  });
  expect(inputs).not.toHaveProperty("finalSnapshotIdentifier");
});
