import { beforeAll, describe, expect, test } from "vitest";
import { FlexibleServerDatabase } from "../../../components/database/flexible-server.ts";
import type { KubernetesDatabaseArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, type Recording, Secret } from "../../../infra/testing/index.ts";
import { call, foundation, ids, respond } from "../azure/answers.ts";
import { databaseArgs, databaseConformance } from "../kubernetes-place.ts";

const make = async (args: KubernetesDatabaseArgs) =>
  new FlexibleServerDatabase("database", { ...args, region: "spaincentral" });

const start = (change: Partial<KubernetesDatabaseArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(databaseArgs(change));
      return { ...variables, destinations };
    },
    { preview: false, respond, call },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const serverIn = (recording: Recording) => resourceOf(recording, "azure-native:dbforpostgresql:Server");

describe("PostgreSQL at Azure", () => {
  databaseConformance(make, {
    respond,
    call,
    kept: [
      ...foundation,
      "database-zone",
      "database-zone-link",
      "database",
      "database-lock",
      "database-database",
      "database-wal-level",
      "database-require-secure-transport",
    ],
  });

  test("is 17, in its own subnet and by a name that only the network knows, with 7 days of every moment", async () => {
    const { inputs } = serverIn(standard);
    expect(inputs).toEqual({
      resourceGroupName: "testfarm-test",
      serverName: "testfarm-test-1a2b3c",
      location: "spaincentral",
      version: "17",
      administratorLogin: "owner",
      administratorLoginPassword: expect.any(Secret),
      authConfig: { passwordAuth: "Enabled", activeDirectoryAuth: "Disabled", tenantId: "" },
      sku: { name: "Standard_B2s", tier: "Burstable" },
      highAvailability: { mode: "Disabled", standbyAvailabilityZone: "" },
      // What the SDK adds, and the provider leaves out.
      availabilityZone: "",
      storage: { storageSizeGB: 32, autoGrow: "Enabled" },
      backup: { backupRetentionDays: 7, geoRedundantBackup: "Disabled" },
      network: {
        delegatedSubnetResourceId: `${ids.group}/azure-database`,
        privateDnsZoneArmResourceId: `${ids.group}/database-zone`,
      },
      maintenanceWindow: { customWindow: "Enabled", dayOfWeek: 0, startHour: 2, startMinute: 0 },
    });
    expect((inputs["administratorLoginPassword"] as Secret).reveal()).toBe("canary-owner");
    expect(resourceOf(standard, "azure-native:privatedns:PrivateZone").inputs["privateZoneName"]).toBe(
      "testfarm-test.private.postgres.database.azure.com",
    );
  });

  test("is not made before its network resolves its name", async () => {
    expect(serverIn(standard).dependsOn).toContainEqual(expect.stringContaining("VirtualNetworkLink"));
  });

  test("has a standby in another zone where it may lose one, for which a burstable size is too small", async () => {
    expect(serverIn(await start({ highAvailability: true })).inputs).toMatchObject({
      sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" },
      highAvailability: { mode: "ZoneRedundant" },
    });
  });

  test("grows and moves by itself without the stack undoing it", async () => {
    expect(serverIn(standard).ignoreChanges).toEqual(["storage.storageSizeGB", "availabilityZone"]);
  });

  test("takes connections over TLS alone, and its log can be followed", async () => {
    const { resources } = standard;
    const set = resources.filter(({ type }) => type === "azure-native:dbforpostgresql:Configuration");
    expect(set.map(({ inputs }) => [inputs["configurationName"], inputs["value"]])).toEqual([
      ["wal_level", "logical"],
      ["require_secure_transport", "on"],
    ]);
    expect(set[1]!.dependsOn).toContain(set[0]!.key);
  });

  test("is locked, so that nobody deletes it in passing", async () => {
    const lock = "azure-native:authorization:ManagementLockByScope";
    expect(resourceOf(standard, lock).inputs).toMatchObject({
      level: "CanNotDelete",
      scope: `${ids.group}/database`,
    });
    const { resources } = await start({ ephemeral: true });
    expect(resources.filter(({ type }) => type === lock)).toEqual([]);
  });

  test("is reached by its full name, whose certificate is verified", async () => {
    const { outputs } = standard;
    const revealed = (name: string) => (outputs[name] as Secret).reveal();
    const at = "testfarm-test-1a2b3c.postgres.database.azure.com:5432/testfarm?sslmode=verify-full";
    expect(revealed("DATABASE_URL")).toBe(`postgres://app:canary-service@${at}`);
    expect(revealed("DATABASE_DIRECT_URL")).toBe(revealed("DATABASE_URL"));
    expect(revealed("DATABASE_ADMIN_URL")).toBe(`postgres://owner:canary-owner@${at}`);
    expect(outputs["destinations"]).toEqual([{ to: { ranges: ["10.240.16.0/28"] }, port: 5432 }]);
  });
});
