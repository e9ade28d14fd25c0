import { describe, expect, test } from "vitest";
import { RedisHaCache } from "../../../components/cache/redis-ha.ts";
import type { KubernetesCacheArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret } from "../../../infra/testing/index.ts";
import { cacheArgs, cacheConformance } from "../kubernetes-place.ts";

const start = (change: Partial<KubernetesCacheArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new RedisHaCache("cache", cacheArgs(change));
      return { ...variables, destinations };
    },
    { preview: false },
  );

const release = (recording: Awaited<ReturnType<typeof start>>) =>
  resourceOf(recording, "kubernetes:helm.sh/v3:Release").inputs;

describe("Redis in the cluster", () => {
  cacheConformance(async (args) => new RedisHaCache("cache", args), {
    kept: ["redis-ha", "redis-ha-namespace", "redis-ha-secret"],
  });

  test("is one address, of its proxy, with our password", async () => {
    const { outputs } = await start();
    expect((outputs["REDIS_URL"] as Secret).reveal()).toBe(
      "redis://:canary-cache@redis-ha-haproxy.redis.svc:6379",
    );
    expect(outputs["REDIS_CLUSTER"]).toBe("");
    expect(outputs["destinations"]).toEqual([
      {
        to: {
          namespace: "redis",
          pods: { app: "redis-ha-haproxy", release: "redis-ha", component: "haproxy" },
        },
        port: 6379,
      },
    ]);
  });

  test("the chart reads the password from a Secret of ours", async () => {
    const recording = await start();
    const { inputs } = resourceOf(recording, "kubernetes:core/v1:Secret");
    expect(inputs["metadata"]).toEqual({ name: "password", namespace: "redis" });
    expect((inputs["stringData"] as Secret).reveal()).toEqual({ auth: "canary-cache" });
    expect(release(recording)["values"]).toMatchObject({
      auth: true,
      existingSecret: "password",
      authKey: "auth",
    });
  });

  test("forgets nothing by itself, and writes only what a copy has too", async () => {
    expect(release(await start())["values"]).toMatchObject({
      replicas: 3,
      redis: {
        config: {
          "maxmemory-policy": "noeviction",
          appendonly: "yes",
          "min-replicas-to-write": 1,
          "min-replicas-max-lag": 5,
        },
      },
    });
  });

  test("connections to a Redis that writes no more are ended by the proxy", async () => {
    expect(release(await start())["values"]).toMatchObject({
      haproxy: {
        enabled: true,
        timeout: { tunnel: "1h\n      default-server on-marked-down shutdown-sessions" },
      },
    });
  });

  test("survives a node's drain, and runs on a single node too", async () => {
    const values = release(await start())["values"];
    expect(values).toMatchObject({
      hardAntiAffinity: false,
      podDisruptionBudget: { maxUnavailable: 1 },
      topologySpreadConstraints: { enabled: true, whenUnsatisfiable: "ScheduleAnyway" },
      haproxy: { replicas: 2, hardAntiAffinity: false, podDisruptionBudget: { maxUnavailable: 1 } },
    });
  });

  test("only its proxy is reached, by the application and by KEDA", async () => {
    const { inputs } = resourceOf(
      await start(),
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "cache-clients",
    );
    expect(inputs["spec"]).toEqual({
      podSelector: {
        matchLabels: { app: "redis-ha-haproxy", release: "redis-ha", component: "haproxy" },
      },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "testfarm" } } },
            { namespaceSelector: {}, podSelector: { matchLabels: { app: "keda-operator" } } },
          ],
          ports: [{ protocol: "TCP", port: 6379 }],
        },
      ],
    });
  });
});
