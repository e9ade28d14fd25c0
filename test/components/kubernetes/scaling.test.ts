import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { postgresQuery, redisFormula, redisKeys } from "../../../infra/contracts/queue.ts";
import type { Recording } from "../../../infra/testing/index.ts";
import { faultsIn } from "../../support/kubernetes-crds/index.ts";
import { objectNamed, sizes, start, variables } from "./recording.ts";

const scaler = (recording: Recording, component: "worker" | "browser") =>
  objectNamed(recording, "ScaledObject", component)["spec"] as any;
const told = (recording: Recording) =>
  objectNamed(recording, "Secret", "scaler")["stringData"] as Record<string, string>;
const withWorker = (change: Record<string, pulumi.Input<string>>) => () => ({
  variables: { ...variables, worker: { ...variables.worker, ...change } },
});

describe("on Redis", () => {
  let application: Recording;
  beforeAll(async () => {
    application = await start();
  });

  test("workers and browsers follow the sessions to run, each by how many one of its pods runs", () => {
    for (const component of ["worker", "browser"] as const) {
      const { scaleTargetRef, minReplicaCount, maxReplicaCount, advanced } = scaler(application, component);
      const { min, max, concurrency } = sizes[component];
      expect({ scaleTargetRef, minReplicaCount, maxReplicaCount }, component).toEqual({
        scaleTargetRef: { name: component },
        minReplicaCount: min,
        maxReplicaCount: max,
      });
      expect(advanced.scalingModifiers, component).toEqual({
        formula: redisFormula,
        target: `${concurrency}`,
        metricType: "AverageValue",
      });
    }
    expect([sizes.worker.concurrency, sizes.browser.concurrency]).toEqual([7, 1]);
  });

  test("the sum is of the queue's own keys, by the names that the formula has", () => {
    const { triggers } = scaler(application, "worker");
    expect(triggers).toEqual(
      Object.entries(redisKeys).map(([name, listName]) => ({
        type: "redis",
        name,
        metadata: { listName, databaseIndex: "2" },
        authenticationRef: { name: "queue" },
      })),
    );
    expect(redisFormula.split(" + ")).toEqual(triggers.map(({ name }: { name: string }) => name));
    expect(scaler(application, "browser").triggers).toEqual(triggers);
  });

  test("KEDA gets in by the parts of the address, from a secret of its own", () => {
    expect(told(application)).toEqual({
      address: "redis.test:6380",
      username: "app",
      password: "canary-redis",
      tls: "enable",
    });
    expect(objectNamed(application, "TriggerAuthentication", "queue")["spec"]).toEqual({
      secretTargetRef: ["address", "username", "password", "tls"].map((key) => ({
        parameter: key,
        name: "scaler",
        key,
      })),
    });
  });

  test("more come at once, and go one a minute when it has been less for five", () => {
    const { behavior } = scaler(application, "browser").advanced.horizontalPodAutoscalerConfig;
    expect(behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        policies: [{ type: "Pods", value: sizes.browser.max, periodSeconds: 15 }],
        tolerance: 0,
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
      },
    });
  });

  test.for([
    ["redis://redis.test", { address: "redis.test:6379", username: "", password: "", tls: "disable" }, "0"],
    [
      "redis://:p%40ss@10.0.0.3:6379",
      { address: "10.0.0.3:6379", username: "", password: "p@ss", tls: "disable" },
      "0",
    ],
    [
      "rediss://a%3Ab:c%2Fd@[2001:db8::1]:7000/3",
      { address: "[2001:db8::1]:7000", username: "a:b", password: "c/d", tls: "enable" },
      "3",
    ],
  ] as const)("%s is taken apart as the application does it", async ([url, parts, databaseIndex]) => {
    const recording = await start(withWorker({ REDIS_URL: pulumi.secret(url) }));
    expect(told(recording)).toEqual(parts);
    for (const { metadata } of scaler(recording, "worker").triggers)
      expect(metadata.databaseIndex).toBe(databaseIndex);
  });

  test("a cluster is asked as one", async () => {
    const recording = await start(withWorker({ REDIS_CLUSTER: "true" }));
    for (const component of ["worker", "browser"] as const)
      for (const { type } of scaler(recording, component).triggers) expect(type).toBe("redis-cluster");
    expect(faultsIn(recording)).toEqual([]);
  });
});

describe("on PostgreSQL", () => {
  const direct = "postgres://app:canary-app@db.test:5432/testfarm";
  const onPostgres = (change: Record<string, pulumi.Input<string>> = {}) =>
    start(withWorker({ REDIS_URL: "", DATABASE_DIRECT_URL: pulumi.secret(direct), ...change }));

  test("one query counts, in place of Redis", async () => {
    const recording = await onPostgres();
    for (const component of ["worker", "browser"] as const) {
      const { triggers, advanced } = scaler(recording, component);
      expect(triggers, component).toEqual([
        {
          type: "postgresql",
          metadata: { query: postgresQuery, targetQueryValue: `${sizes[component].concurrency}` },
          authenticationRef: { name: "queue" },
        },
      ]);
      expect(advanced).not.toHaveProperty("scalingModifiers");
    }
    expect(told(recording)).toEqual({ connection: direct });
    expect(faultsIn(recording)).toEqual([]);
  });

  test("it is asked where no pooler stands between, unless there is no such address", async () => {
    const pooled = pulumi.secret("postgres://app:canary-app@pooler.test:6432/testfarm");
    expect(told(await onPostgres({ DATABASE_URL: pooled }))).toEqual({ connection: direct });
    expect(told(await onPostgres({ DATABASE_URL: pooled, DATABASE_DIRECT_URL: "" }))).toEqual({
      connection: "postgres://app:canary-app@pooler.test:6432/testfarm",
    });
  });

  test("encryption without verification is said in the words that are not Node's alone", async () => {
    const of = async (mode: string) =>
      told(await onPostgres({ DATABASE_DIRECT_URL: pulumi.secret(`${direct}?sslmode=${mode}`) }))[
        "connection"
      ];
    expect(await of("no-verify")).toBe(`${direct}?sslmode=require`);
    expect(await of("verify-full")).toBe(`${direct}?sslmode=verify-full`);
  });

  test.for([
    "farm.abc123.eu-west-1.rds.amazonaws.com",
    "db.abcdefghijklmnopqrst.supabase.co",
    "aws-1-eu-central-1.pooler.supabase.com",
  ])("%s is not verified by KEDA, which does not have its root: it could never connect", async (host) => {
    const url = `postgres://app:p%40ss@${host}:5432/testfarm?sslmode=verify-full&application_name=x`;
    expect(told(await onPostgres({ DATABASE_DIRECT_URL: pulumi.secret(url) }))).toEqual({
      connection: url.replace("verify-full", "require"),
    });
  });
});
