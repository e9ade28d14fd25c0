import { describe, expect, test } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { ExternalDatabase } from "../../../components/database/external.ts";
import type { KubernetesDatabaseArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, Secret } from "../../../infra/testing/index.ts";
import { databaseArgs, databaseConformance } from "../kubernetes-place.ts";

type External = KubernetesDatabaseArgs["external"];
const app = pulumi.secret("postgres://app:canary-service@db.test/farm");
const admin = pulumi.secret("postgresql://admin:canary-owner@db.test:5433/farm");

const start = (external: External) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new ExternalDatabase("database", databaseArgs({ external }));
      return { ...variables, destinations };
    },
    { preview: false },
  );

describe("a database that is there", () => {
  databaseConformance(
    async (args) =>
      new ExternalDatabase("database", {
        ...args,
        external: { url: app, directUrl: "", adminUrl: admin },
      }),
    { kept: [] },
  );

  test("is reached directly where it is reached at all, unless another address says so", async () => {
    const { outputs } = await start({ url: app, directUrl: "", adminUrl: admin });
    expect((outputs["DATABASE_DIRECT_URL"] as Secret).reveal()).toBe(
      "postgres://app:canary-service@db.test/farm",
    );
    const directUrl = pulumi.secret("postgres://app:canary-service@db.test:5434/farm");
    const apart = await start({ url: app, directUrl, adminUrl: admin });
    expect((apart.outputs["DATABASE_DIRECT_URL"] as Secret).reveal()).toContain(":5434/");
    expect((apart.outputs["DATABASE_URL"] as Secret).reveal()).toBe(
      "postgres://app:canary-service@db.test/farm",
    );
  });

  test("pods may go to any address on its ports, which are no secret", async () => {
    const { outputs } = await start({ url: app, directUrl: "", adminUrl: admin });
    expect(outputs["destinations"]).toEqual([
      { to: { ranges: ["0.0.0.0/0"] }, port: 5432 },
      { to: { ranges: ["0.0.0.0/0"] }, port: 5433 },
    ]);
  });
});
