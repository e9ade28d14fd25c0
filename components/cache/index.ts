import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import type { Cache, CacheArgs } from "../../infra/contracts/managed.ts";

/** Who runs the queue's Redis; none: it is PostgreSQL's. A company's code is loaded when it is chosen. */
export const cache: {
  readonly [Name in "upstash" | "railway" | "render" | "none"]: (
    name: string,
    args: CacheArgs,
  ) => Promise<Cache>;
} = {
  async upstash(name, args) {
    const { UpstashCache } = await import("./upstash.ts");
    return new UpstashCache(name, args);
  },
  async railway(name, args) {
    const { RailwayCache } = await import("./railway.ts");
    return new RailwayCache(name, args);
  },
  async render(name, args) {
    const { RenderCache } = await import("./render.ts");
    return new RenderCache(name, args);
  },
  async none() {
    return { variables: { REDIS_URL: "", REDIS_CLUSTER: "" } };
  },
};

/** The same beside a cluster, or in it: by the cloud whose own it is, or by where it is. */
export const kubernetesCache: {
  readonly [Name in "gke" | "eks" | "aks" | "cluster" | "external" | "none"]: (
    name: string,
    args: KubernetesCacheArgs,
  ) => Promise<KubernetesCache>;
} = {
  async gke(name, args) {
    const { MemorystoreCache } = await import("./memorystore.ts");
    return new MemorystoreCache(name, args);
  },
  async eks(name, args) {
    const { ElastiCacheCache } = await import("./elasticache.ts");
    return new ElastiCacheCache(name, args);
  },
  async aks(name, args) {
    const { ManagedRedisCache } = await import("./managed-redis.ts");
    return new ManagedRedisCache(name, args);
  },
  async cluster(name, args) {
    const { RedisHaCache } = await import("./redis-ha.ts");
    return new RedisHaCache(name, args);
  },
  async external(name, args) {
    const { ExternalCache } = await import("./external.ts");
    return new ExternalCache(name, args);
  },
  async none() {
    return { variables: { REDIS_URL: "", REDIS_CLUSTER: "" }, destinations: [], ready: [] };
  },
};
