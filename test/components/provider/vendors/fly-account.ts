import { afterEach, beforeEach, expect } from "vitest";
import { listen } from "../../../../components/provider/server.ts";
import { testfarm } from "../../../../components/provider/testfarm.ts";
import {
  credentials,
  type FlyOptions,
  type FlyServer,
  startFly,
} from "../../../support/contracts/fly/index.ts";
import { ProviderClient, secret, type Wire } from "../client.ts";

export const app = "testfarm-growth";
export const cluster = "k1v5";
export const image = (digit: string) => `registry.fly.io/testfarm@sha256:${digit.repeat(64)}`;
/** A machine that serves. */
export const api: Wire = {
  app,
  name: "testfarm-growth-api-fra",
  region: "fra",
  image: image("a"),
  size: "shared-cpu-1x",
  memory: 512,
  port: 3001,
  group: "api",
  secretsDigest: "d1",
  autostop: "stop",
  softLimit: 20,
  hardLimit: 25,
  healthPath: "/readyz",
  metricsPort: 3001,
  killTimeout: 90,
};
export const isChange = (call: string) => !call.startsWith("GET ");

/** For each test of a file a server with an app and a cluster, and the provider. */
export function flyAccount() {
  let server: FlyServer;
  let provider: Awaited<ReturnType<typeof listen>>;
  const clients: ProviderClient[] = [];
  const start = async (options: FlyOptions = {}) => {
    server = await startFly({ apps: [app], clusters: [cluster], ...options });
  };
  beforeEach(async () => {
    await start();
    provider = await listen(testfarm);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.grpc.close();
    provider.close();
    expect(server.violations).toEqual([]);
  });
  return {
    server: () => server,
    /** In the place of the one that is there. */
    start,
    async clientOf(kind: string): Promise<ProviderClient> {
      const client = new ProviderClient(provider.port, `testfarm:fly:${kind}`);
      clients.push(client);
      await client.configure({
        vendor: "fly",
        credentials: secret(JSON.stringify(credentials)),
        endpoint: server.url,
        interval: "5",
      });
      return client;
    },
  };
}
