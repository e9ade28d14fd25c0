/** Tier `kubernetes` on real pods: this repository's own program, with the application's own images. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { expect, vi } from "vitest";
import { parse, stringify } from "yaml";
import { shop } from "../../app/demo-site/shop.ts";
import { pulumiCli } from "../engine/find-cli.ts";
import { atEnd } from "../support/at-end.ts";
import { caddyProgram } from "../support/caddy.ts";
import { buildAppImages, type AppImages } from "../support/docker/app-images.ts";
import { docker, type Docker } from "../support/docker/engine.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { define } from "../support/kubernetes-crds/define.ts";
import { busyboxImage, type Cluster, clusters, kubernetesProvider } from "../support/kubernetes/index.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { redisProgram, startRedis } from "../support/redis.ts";
import { s3, type TestBucket } from "../support/s3.ts";
import type { Service } from "../support/services.ts";
import { engineOf } from "./engine.ts";
import { startIngress } from "./ingress.ts";

const services = {
  startCluster: clusters,
  cli: pulumiCli,
  docker,
  caddy: caddyProgram,
  redis: redisProgram,
  bucket: s3,
} as const;

type Found<Of> = Of extends Service<infer Each> ? Each : never;
export type TierTools = { readonly [Name in keyof typeof services]: Found<(typeof services)[Name]> };

/** Whatever it takes to run the whole tier on this machine. */
export const tierTools: Service<TierTools> = {
  name: Object.values(services)
    .map(({ name }) => name)
    .join(", "),
  needs: Object.values(services)
    .map(({ needs }) => needs)
    .join(" "),
  async find() {
    const found: Record<string, unknown> = {};
    for (const [name, service] of Object.entries(services)) {
      found[name] = await service.find();
      if (found[name] === undefined) return undefined;
    }
    return found as TierTools;
  },
};

export interface Tier {
  readonly cluster: Cluster;
  /** `pulumi up`. @returns what it printed. */
  readonly up: (...args: string[]) => Promise<string>;
  /** Builds and names the images of a new release of the same programs, for the next `up`. */
  readonly release: (name: string) => Promise<void>;
  /** After the first `up`: where the page and the API are reached, and its owner there. */
  readonly settle: () => Promise<{ readonly url: string; readonly farm: Farm }>;
  /** Objects of the application's namespace. */
  readonly list: (kind: string, ...args: string[]) => Promise<any[]>;
  readonly kubectl: (...args: string[]) => Promise<string>;
}

const domain = "farm.test";
const namespace = ["--namespace", "testfarm"] as const;

/**
 * Of an address that egress takes for public: the cluster's own Services answer for it, and no packet to it leaves the
 * cluster.
 */
export const demoTask = { url: "http://81.2.69.142/", objective: "Find a mug and order it" };

/**
 * A cluster with everything that the tier needs, and a stack that is to be made in it. PostgreSQL, Redis and the bucket's
 * server are on this machine, as are those that an operator has elsewhere. It ends with the test file.
 *
 * @param settings of the stack's file beside those that are addresses and images.
 */
export async function openTier(tools: TierTools, settings: Readonly<Record<string, unknown>>): Promise<Tier> {
  const [images, provider] = [await buildAppImages(tools.docker), await kubernetesProvider()];
  const cluster = await tools.startCluster();
  await define(cluster, ["keda.sh", "traefik.io", "cert-manager.io"]);
  await serveDemo(cluster);

  const { configFile, pulumi } = await engineOf(tools.cli, provider, cluster.kubeconfig);
  const set = (values: Readonly<Record<string, unknown>>) => {
    const named = Object.entries(values).map(([name, value]) => [`testfarm:${name}`, value]);
    const { config } = parse(readFileSync(configFile, "utf8")) as { readonly config: object };
    writeFileSync(configFile, stringify({ config: { ...config, ...Object.fromEntries(named) } }));
  };
  const stores = await startStores(tools, cluster.host);
  writeFileSync(configFile, stringify({ config: {} }));
  set({
    tier: "kubernetes",
    cluster: "existing",
    context: "testfarm",
    domain,
    ephemeral: true,
    has: ["traefik", "cert-manager", "keda"],
    image: await load(cluster, images),
    ...stores.settings,
    ...settings,
  });
  const secrets = Object.entries(stores.secrets).flatMap(([name, value]) => [
    "--secret",
    `testfarm:${name}=${value}`,
  ]);
  await pulumi({}, "config", "set-all", ...secrets);
  return {
    cluster,
    up: (...args) => pulumi({}, "up", "--yes", "--skip-preview", ...args),
    async release(name) {
      set({ image: await load(cluster, await built(tools.docker, images, name)) });
    },
    async settle() {
      const url = await startIngress(tools.caddy, cluster, domain);
      const { FRONTEND_URL, OWNER_BOOTSTRAP_TOKEN } = JSON.parse(
        await pulumi({}, "stack", "output", "--json", "--show-secrets"),
      ) as Record<string, string>;
      return { url, farm: await settleIn(url, FRONTEND_URL!, OWNER_BOOTSTRAP_TOKEN!) };
    },
    list: async (kind, ...args) => (await cluster.get<{ items: any[] }>(kind, ...namespace, ...args)).items,
    kubectl: (...args) => cluster.kubectl(...namespace, ...args),
  };
}

async function load(cluster: Cluster, { app, web }: AppImages): Promise<AppImages> {
  return { app: await cluster.loadImage(app), web: await cluster.loadImage(web) };
}

/** The same programs in images with other digests. */
async function built(engine: Docker, images: AppImages, release: string): Promise<AppImages> {
  const names = { app: `testfarm-app:${release}`, web: `testfarm-web:${release}` };
  for (const part of ["app", "web"] as const) {
    const container = (await engine("create", images[part])).trim();
    await engine("commit", "--change", `LABEL testfarm.release=${release}`, container, names[part]);
    await engine("rm", container);
    atEnd(() => engine("rmi", names[part]));
  }
  return names;
}

async function startStores(tools: TierTools, host: string) {
  const at = (address: string, changes: Partial<URL> = {}) =>
    Object.assign(new URL(address), { hostname: host, ...changes }).href.replace(/\/$/, "");
  const database = await emptyDatabase();
  const redis = await startRedis(tools.redis, ["--requirepass", "canary-redis"]);
  const bucket: TestBucket = await tools.bucket();
  const { name, endpoint, region, forcePathStyle, credentials } = bucket;
  return {
    settings: {
      database: "external",
      cache: "external",
      bucket: "external",
      externalBucket: { bucket: name, endpoint: at(endpoint), region, forcePathStyle },
    },
    secrets: {
      databaseUrl: at(database, { username: "app", password: "canary-app" }),
      databaseAdminUrl: at(database),
      redisUrl: at(redis.address.url, { username: "default", password: "canary-redis" }),
      bucketAccessKeyId: credentials.accessKeyId,
      bucketSecretAccessKey: credentials.secretAccessKey,
    },
  };
}

/** The demo shop, as slow as a shop on the Internet. It ends with the test file. */
async function serveDemo(cluster: Cluster): Promise<void> {
  const { fetch } = shop();
  const slow = (request: Request) => sleep(500).then(() => fetch(request));
  const server = createAdaptorServer({ fetch: slow });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ports = [{ name: "http", port: 80, protocol: "TCP" }];
  await cluster.apply(
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "demo", namespace: "default" },
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: "demo",
        namespace: "default",
        labels: { "kubernetes.io/service-name": "demo" },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: [cluster.host] }],
      ports: [{ ...ports[0]!, port }],
    },
  );
  const status = { loadBalancer: { ingress: [{ ip: new URL(demoTask.url).hostname }] } };
  const patch = ["--subresource=status", "--type=merge", `--patch=${JSON.stringify({ status })}`];
  await cluster.kubectl("patch", "service", "demo", ...patch);
  await cluster.kubectl("run", "visitor", `--image=${busyboxImage}`, "--", "sleep", "infinity");
  await cluster.kubectl("wait", "--for=condition=Ready", "pod/visitor", "--timeout=60s");
  // Of what is not answered for yet no packet comes back.
  const look = ["timeout", "2", "wget", "-qO-", demoTask.url];
  await vi.waitFor(async () =>
    expect(await cluster.kubectl("exec", "visitor", "--", ...look)).toContain("<html"),
  );
  await cluster.kubectl("delete", "pod", "visitor", "--now");
}
