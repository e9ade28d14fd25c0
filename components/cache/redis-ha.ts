import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import { ingressPolicy, podsIn, rule, scaler } from "../charts/ingress-policy.ts";
import { Installation } from "../charts/installation.ts";
import { operator, resources } from "../charts/resources.ts";

const port = 6379;

/** Where it is, and its proxy's labels: `redis-haproxy-deployment.yaml` of the chart. */
const namespace = "redis";
const proxy = { app: "redis-ha-haproxy", release: "redis-ha", component: "haproxy" } as const;

/** MB of data, of the memory of a pod: as much again is needed for a moment while the log is written anew. */
const maxMemory = 256;
const memory = 640;

const secret = "password";
const key = "auth";

/** What a drain of nodes may take away at a time, of the servers and of the proxies. */
const budget = { maxUnavailable: 1 };

/**
 * Redis in the cluster: three of them on nodes of their own, one that writes and two copies, with Sentinel, behind the
 * chart's own HAProxy, which passes everything on to the one that writes. It writes only while a copy is not more than
 * 5 seconds behind, each write goes to the disk's log within a second, and it forgets nothing by itself: when it is
 * full it says so.
 *
 * When the one that writes is gone, Sentinel waits 5 seconds and names another; HAProxy ends the connections, and the
 * queue's clients connect again and repeat what they wait for. A job whose lock could not be renewed meanwhile is
 * stalled and run again. What was written in the last moment before may be lost, since copies are not waited for:
 * sessions are in the database, from where they are put into the queue again.
 *
 * Memory is changed one pod after the other. Another password takes effect when pods are made anew: `kubectl -n redis
 * rollout restart statefulset/redis-ha-server deployment/redis-ha-haproxy`. `highAvailability` changes nothing here.
 */
export class RedisHaCache extends pulumi.ComponentResource implements KubernetesCache {
  readonly variables: KubernetesCache["variables"];
  readonly destinations: KubernetesCache["destinations"];
  readonly ready: KubernetesCache["ready"];

  constructor(name: string, args: KubernetesCacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:RedisHa", name, {}, options);
    const { cluster, ephemeral, password } = args;
    const child = { parent: this, provider: cluster.provider };
    const redis = new Installation(
      "redis-ha",
      {
        cluster,
        namespace,
        keep: !ephemeral,
        secret: { name: secret, data: { [key]: password } },
        values: { "redis-ha": values(cluster.storageClass) },
      },
      { parent: this },
    );
    ingressPolicy(
      name,
      {
        namespace: redis.namespace,
        figures: [],
        pods: proxy,
        rules: [rule([podsIn(args.namespace), scaler], port)],
      },
      child,
    );
    const secretPassword = pulumi.output(password).apply(encodeURIComponent);
    this.variables = {
      REDIS_URL: pulumi.secret(
        pulumi.interpolate`redis://:${secretPassword}@redis-ha-haproxy.${redis.namespace}.svc:${port}`,
      ),
      REDIS_CLUSTER: "",
    };
    this.destinations = [{ to: { namespace: redis.namespace, pods: proxy }, port }];
    this.ready = redis.ready;
    this.registerOutputs();
  }
}

/**
 * In HAProxy's defaults, for which the chart has no value of its own, and behind one that is there: connections to a
 * Redis that is gone, or writes no more, end at once. By itself HAProxy leaves them, and a client on a lost node would
 * wait for an hour (https://docs.haproxy.org/3.2/configuration.html#5.2-on-marked-down).
 */
const endsSessions = "      default-server on-marked-down shutdown-sessions";

const values = (storageClass: string | undefined) => ({
  auth: true,
  existingSecret: secret,
  authKey: key,
  replicas: 3,
  // On nodes and in zones of their own, as long as there are enough: on a single node they run too.
  hardAntiAffinity: false,
  topologySpreadConstraints: {
    enabled: true,
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/zone",
    whenUnsatisfiable: "ScheduleAnyway",
  },
  podDisruptionBudget: budget,
  persistentVolume: { size: "5Gi", ...(storageClass !== undefined && { storageClass }) },
  redis: {
    config: {
      "min-replicas-to-write": 1,
      "min-replicas-max-lag": 5,
      maxmemory: `${maxMemory}mb`,
      "maxmemory-policy": "noeviction",
      appendonly: "yes",
      appendfsync: "everysec",
      save: '""',
    },
    resources: resources(memory, { request: 100, limit: 1000 }),
  },
  sentinel: { config: { "down-after-milliseconds": 5_000 }, resources: operator(64) },
  splitBrainDetection: { resources: operator(32) },
  init: { resources: operator(32) },
  haproxy: {
    enabled: true,
    replicas: 2,
    hardAntiAffinity: false,
    podDisruptionBudget: budget,
    checkFall: 2,
    timeout: { tunnel: `1h\n${endsSessions}` },
    serviceAccount: { automountToken: false },
    resources: resources(64, { request: 50, limit: 1000 }),
    init: { resources: operator(32) },
  },
});
