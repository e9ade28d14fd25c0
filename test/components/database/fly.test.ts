import { describe, expect, test } from "vitest";
import { StackAccounts } from "../../../components/accounts.ts";
import { FlyDatabase } from "../../../components/database/fly.ts";
import type { City } from "../../../infra/hosts/catalogue.ts";
import type { Secret } from "../../../infra/plan/record.ts";
import { canariesInClear, recordProgram, resourceOf } from "../../../infra/testing/index.ts";

const passwords = { cluster: "canary/of?fly-user", app: "canary/of?app" };
const start = (change: { readonly near?: City; readonly ephemeral?: boolean } = {}) =>
  recordProgram(
    async () => {
      const { variables } = new FlyDatabase("database", {
        accounts: new StackAccounts({ accounts: { fly: "farm" }, endpoints: {}, secrets: [] }),
        label: "testfarm-growth",
        near: "madrid",
        ephemeral: false,
        passwords: { owner: "unused-owner", service: "unused-service" },
        ...change,
      });
      return { ...variables };
    },
    {
      respond: ({ type }) =>
        type === "testfarm:fly:Postgres"
          ? {
              id: "k1v5",
              state: {
                host: "direct.k1v5.flympg.net",
                port: 5432,
                poolerHost: "pgbouncer.k1v5.flympg.net",
                poolerPort: 5432,
                password: passwords.cluster,
              },
            }
          : { state: { password: passwords.app } },
    },
  );

describe("the database at Fly.io", () => {
  test("is a cluster of PostgreSQL 17 in the region of the city, with an account that makes no tables", async () => {
    const recording = await start();
    const cluster = resourceOf(recording, "testfarm:fly:Postgres");
    expect(cluster.inputs).toMatchObject({
      name: "testfarm-growth",
      organization: "farm",
      region: "fra",
      version: "17",
      poolMode: "transaction",
      deletionProtection: true,
    });
    const app = resourceOf(recording, "testfarm:fly:PostgresUser");
    expect(app.inputs).toMatchObject({ cluster: "k1v5", name: "app", role: "writer" });
    for (const kept of [cluster, app])
      expect([kept.protect, kept.retainOnDelete, kept.provider]).toEqual([
        true,
        true,
        "pulumi:providers:testfarm::fly",
      ]);
  });

  test("is in the nearest region that has Managed Postgres", async () => {
    const { inputs } = resourceOf(await start({ near: "new-york" }), "testfarm:fly:Postgres");
    expect(inputs["region"]).toBe("iad");
  });

  test("is pooled for requests and direct for what listens, and only migrations are made by its owner", async () => {
    const recording = await start();
    const [app, owner] = [passwords.app, passwords.cluster].map(encodeURIComponent);
    const url = (name: string) => (recording.outputs[name] as Secret).reveal();
    expect(url("DATABASE_URL")).toBe(`postgresql://app:${app}@pgbouncer.k1v5.flympg.net:5432/fly-db`);
    expect(url("DATABASE_DIRECT_URL")).toBe(`postgresql://app:${app}@direct.k1v5.flympg.net:5432/fly-db`);
    expect(url("DATABASE_ADMIN_URL")).toBe(
      `postgresql://fly-user:${owner}@direct.k1v5.flympg.net:5432/fly-db`,
    );
    expect(canariesInClear(recording, Object.values(passwords))).toEqual([]);
  });

  test("goes with a stack that may", async () => {
    const cluster = resourceOf(await start({ ephemeral: true }), "testfarm:fly:Postgres");
    expect([cluster.protect, cluster.retainOnDelete, cluster.inputs["deletionProtection"]]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
