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
