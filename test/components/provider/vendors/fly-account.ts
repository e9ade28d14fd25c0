import { afterEach, beforeEach } from "vitest";
import {
  credentials,
  type FlyOptions,
  type FlyServer,
  startFly,
} from "../../../support/contracts/fly/index.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { ProviderClient, type Wire } from "../client.ts";

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
  const closers: (() => void)[] = [];
  const start = async (options: FlyOptions = {}) => {
    server = await startFly({ apps: [app], clusters: [cluster], ...options });
  };
  beforeEach(() => start());
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  return {
    server: () => server,
    /** In the place of the one that is there. */
    start,
    async clientOf(kind: string): Promise<ProviderClient> {
      const { client, close } = await openVendorClient("fly", kind, credentials, server);
      closers.push(close);
      return client;
    },
  };
}
