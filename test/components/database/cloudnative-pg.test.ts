import { describe, expect, test } from "vitest";
import { CloudNativePgDatabase } from "../../../components/database/cloudnative-pg.ts";
import type { KubernetesDatabaseArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, type RecordedResource, Secret } from "../../../infra/testing/index.ts";
import { faultsIn } from "../../support/kubernetes-crds/index.ts";
import { bucketOf, databaseArgs, databaseConformance } from "../kubernetes-place.ts";

const start = (change: Partial<KubernetesDatabaseArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new CloudNativePgDatabase("database", databaseArgs(change));
      return { ...variables, destinations };
    },
    { preview: false },
  );

const specOf = ({ inputs }: RecordedResource) => inputs["spec"] as Record<string, never>;
const custom = (recording: Awaited<ReturnType<typeof start>>, kind: string) =>
  recording.resources.find(({ inputs }) => inputs["kind"] === kind)!;

describe("PostgreSQL in the cluster", () => {
  databaseConformance(async (args) => new CloudNativePgDatabase("database", args), {
    kept: ["database", "database-archive", "database-bucket", "database-namespace", "database-owner"],
  });

  test("every object is as CloudNativePG and its plugin define it", async () => {
    expect(faultsIn(await start())).toEqual([]);
  });

  test("is PostgreSQL 17 by digest, three times, with a write on two disks before it is acknowledged", async () => {
    const { imageName, instances, postgresql } = specOf(custom(await start(), "Cluster"));
    expect(imageName).toMatch(/^ghcr\.io\/cloudnative-pg\/postgresql:17\.\d+-\S+@sha256:[0-9a-f]{64}$/);
    expect(instances).toBe(3);
    expect(postgresql).toMatchObject({
      parameters: { wal_level: "logical" },
      synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
    });
  });

  test("what it asks for is written as its operator gives it back, which `preview` compares", async () => {
    expect(specOf(custom(await start(), "Cluster"))["resources"]).toEqual({
      requests: { memory: "768Mi", cpu: "250m" },
      limits: { memory: "768Mi", cpu: "2" },
    });
  });

  test("the owner has our password and may make the account of services, and there is no superuser to sign in", async () => {
    const recording = await start();
    const { bootstrap, enableSuperuserAccess } = specOf(custom(recording, "Cluster"));
    expect(bootstrap).toMatchObject({
      initdb: {
        database: "testfarm",
        owner: "admin",
        secret: { name: "owner" },
        postInitSQL: ["ALTER ROLE admin CREATEROLE REPLICATION"],
      },
    });
    expect(enableSuperuserAccess).toBe(false);
    const { inputs } = resourceOf(recording, "kubernetes:core/v1:Secret", "database-owner");
    expect(inputs["type"]).toBe("kubernetes.io/basic-auth");
    expect((inputs["stringData"] as Secret).reveal()).toEqual({
      username: "admin",
      password: "canary-owner",
    });
  });

  test("services ask by the pooler, what needs a session the instance that writes, both in the cluster's network", async () => {
    const { outputs } = await start();
    const told = Object.fromEntries(
      ["DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_ADMIN_URL"].map((name) => [
        name,
        (outputs[name] as Secret).reveal(),
      ]),
    );
    expect(told).toEqual({
      DATABASE_URL: "postgres://app:canary-service@postgres-pooler.postgres.svc:5432/testfarm",
      DATABASE_DIRECT_URL: "postgres://app:canary-service@postgres-rw.postgres.svc:5432/testfarm",
      DATABASE_ADMIN_URL: "postgres://admin:canary-owner@postgres-rw.postgres.svc:5432/testfarm",
    });
    expect(outputs["destinations"]).toEqual([
      {
        to: { namespace: "postgres", pods: { "cnpg.io/cluster": "postgres", "cnpg.io/podRole": "instance" } },
        port: 5432,
      },
      { to: { namespace: "postgres", pods: { "cnpg.io/poolerName": "postgres-pooler" } }, port: 5432 },
    ]);
  });

  test("the log and a nightly copy go to the bucket with its key, and two weeks of them are kept", async () => {
    const recording = await start();
    expect(specOf(custom(recording, "Cluster"))["plugins"]).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "archive" },
      },
    ]);
    expect(specOf(custom(recording, "ObjectStore"))).toMatchObject({
      retentionPolicy: "14d",
      configuration: {
        destinationPath: "s3://pictures/postgres",
        endpointURL: "http://s3.test:8333",
        s3Credentials: { accessKeyId: { name: "bucket", key: "AWS_ACCESS_KEY_ID" } },
      },
    });
    expect(specOf(custom(recording, "ScheduledBackup"))).toMatchObject({
      schedule: "0 30 2 * * *",
      immediate: true,
      method: "plugin",
      cluster: { name: "postgres" },
    });
  });

  test("where the bucket has no key, pods get in by who they are", async () => {
    const bucket = bucketOf();
    const variables = {
      ...bucket.variables,
      S3_ENDPOINT: "",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    };
    const recording = await start({ bucket: { ...bucket, variables } });
    const { configuration } = specOf(custom(recording, "ObjectStore"));
    expect(configuration).toMatchObject({ s3Credentials: { inheritFromIAMRole: true } });
    expect(configuration).not.toHaveProperty("endpointURL");
    expect(recording.resources.map(({ name }) => name)).not.toContain("database-bucket");
    expect(faultsIn(recording)).toEqual([]);
  });

  test("it is let in to from the application and KEDA on PostgreSQL's port, and by its operator", async () => {
    const { inputs } = resourceOf(
      await start(),
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "database-clients",
    );
    expect(inputs["spec"]).toEqual({
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "testfarm" } } },
            { namespaceSelector: {}, podSelector: { matchLabels: { app: "keda-operator" } } },
          ],
          ports: [{ protocol: "TCP", port: 5432 }],
        },
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
            },
          ],
          ports: [
            { protocol: "TCP", port: 5432 },
            { protocol: "TCP", port: 8000 },
          ],
        },
      ],
    });
  });

  test("its disks are of the cluster's class, and what is there already is not installed again", async () => {
    const args = databaseArgs();
    const recording = await start({
      cluster: { ...args.cluster, storageClass: "kept" },
      has: (chart) => chart === "cloudnative-pg",
    });
    expect(specOf(custom(recording, "Cluster"))["storage"]).toEqual({ size: "20Gi", storageClass: "kept" });
    expect(recording.resources.filter(({ type }) => type.startsWith("kubernetes:helm"))).toEqual([]);
  });

  test("`up` goes on when all instances are ready", async () => {
    const { inputs, dependsOn } = custom(await start(), "Cluster");
    expect(inputs["metadata"]).toMatchObject({
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    });
    expect(dependsOn.join()).toContain("plugin-barman-cloud");
  });
});
