import { beforeAll, describe, expect, test } from "vitest";
import { CloudSqlDatabase } from "../../../components/database/cloud-sql.ts";
import type { KubernetesDatabaseArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret, type Recording } from "../../../infra/testing/index.ts";
import { respond } from "../gcp/answers.ts";
import { databaseArgs, databaseConformance } from "../kubernetes-place.ts";

const make = async (args: KubernetesDatabaseArgs) => new CloudSqlDatabase("database", args);

const start = (change: Partial<KubernetesDatabaseArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(databaseArgs(change));
      return { ...variables, destinations };
    },
    { respond },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const instanceIn = (recording: Recording) =>
  resourceOf(recording, "gcp:sql/databaseInstance:DatabaseInstance").inputs;

/** How Google is told to keep it, or not to. */
const protections = (protect: boolean) => ({
  deletionProtection: protect,
  settings: { deletionProtectionEnabled: protect, retainBackupsOnDelete: protect },
});

databaseConformance(make, {
  respond,
  kept: [
    "network",
    "network-nodes",
    "private-services",
    "private-services-range",
    "database",
    "database-database",
    "database-owner",
  ],
});

describe("a database at Cloud SQL", () => {
  test("is PostgreSQL 17 of the smaller edition, with a processor of its own", () => {
    expect(instanceIn(standard)).toMatchObject({
      name: "testfarm-test",
      region: "europe-southwest1",
      databaseVersion: "POSTGRES_17",
      settings: {
        edition: "ENTERPRISE",
        tier: "db-custom-1-3840",
        availabilityType: "ZONAL",
        diskType: "PD_SSD",
        diskAutoresize: true,
      },
    });
  });

  test("is reached from the stack's network only, and by TLS only", () => {
    const { settings } = instanceIn(standard);
    expect(settings).toMatchObject({
      ipConfiguration: { ipv4Enabled: false, privateNetwork: "network-id", sslMode: "ENCRYPTED_ONLY" },
    });
  });

  test("can be restored to any moment of the last week", () => {
    const { settings } = instanceIn(standard);
    expect(settings).toMatchObject({
      backupConfiguration: {
        enabled: true,
        pointInTimeRecoveryEnabled: true,
        transactionLogRetentionDays: 7,
        backupRetentionSettings: { retentionUnit: "COUNT", retainedBackups: 7 },
      },
    });
  });

  test("is protected from deletion at Google too, with its backups, unless it may go with the stack", async () => {
    expect(instanceIn(standard)).toMatchObject(protections(true));
    expect(instanceIn(await start({ ephemeral: true }))).toMatchObject(protections(false));
  });

  test("survives the loss of a zone where it is asked for", async () => {
    const { settings } = instanceIn(await start({ highAvailability: true }));
    expect(settings).toMatchObject({ availabilityType: "REGIONAL" });
  });

  test("can be moved away without a restart, and takes as many connections as a release needs", () => {
    const { settings } = instanceIn(standard);
    expect(settings).toMatchObject({
      databaseFlags: [
        { name: "cloudsql.logical_decoding", value: "on" },
        { name: "max_connections", value: "200" },
      ],
    });
  });

  test("has the application's database and its owner, who go with the instance and not before", () => {
    expect(resourceOf(standard, "gcp:sql/database:Database").inputs).toEqual({
      instance: "testfarm-test",
      name: "testfarm",
      deletionPolicy: "ABANDON",
    });
    expect(resourceOf(standard, "gcp:sql/user:User").inputs).toEqual({
      instance: "testfarm-test",
      name: "admin",
      deletionPolicy: "ABANDON",
      password: new Secret("canary-owner"),
    });
  });

  test("is addressed by its private address, encrypted, as owner and as service", () => {
    const { outputs } = standard;
    const service = new Secret("postgres://app:canary-service@10.9.0.3:5432/testfarm?sslmode=no-verify");
    expect(outputs).toEqual({
      DATABASE_URL: service,
      DATABASE_DIRECT_URL: service,
      DATABASE_ADMIN_URL: new Secret(
        "postgres://admin:canary-owner@10.9.0.3:5432/testfarm?sslmode=no-verify",
      ),
      destinations: [{ to: { ranges: ["10.9.0.3/32"] }, port: 5432 }],
    });
  });
});
