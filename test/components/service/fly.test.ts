import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { StackAccounts } from "../../../components/accounts.ts";
import { FlyService } from "../../../components/service/fly.ts";
import type { ServiceArgs } from "../../../infra/contracts/managed.ts";
import type { RecordedResource, Recording, Secret } from "../../../infra/plan/record.ts";
import { canariesInClear, recordProgram, resourceOf } from "../../../infra/testing/index.ts";

const image = `ghcr.io/acme/testfarm@sha256:${"a".repeat(64)}`;
const canaries = {
  admin: "postgresql://canary-admin",
  app: "postgresql://canary-app",
  model: "canary-model",
};
const token = "fm2_canary-token";

const start = (change: Partial<ServiceArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const accounts = new StackAccounts({ accounts: { fly: "farm" }, endpoints: {}, secrets: ["flyToken"] });
      const { api, logs } = new FlyService("service", {
        accounts,
        label: "testfarm-growth",
        near: "madrid",
        ephemeral: false,
        cities: ["madrid", "new-york", "singapore"],
        image,
        workers: { count: 4, concurrency: 8, memory: 512 },
        isPublic: false,
        variables: {
          migrate: { DATABASE_ADMIN_URL: pulumi.secret(canaries.admin), LOG_LEVEL: "info" },
          api: { DATABASE_URL: pulumi.secret(canaries.app), PORT: "3001", REDIS_URL: "" },
          worker: { ANTHROPIC_API_KEY: pulumi.secret(canaries.model), WORKER_CONCURRENCY: "8" },
        },
        ...change,
      });
      return { ...api, logs };
    },
    {
      config: { "testfarm:flyToken": token },
      secretKeys: ["testfarm:flyToken"],
      respond: ({ name }) => ({ state: { digest: `digest of ${name}` } }),
    },
  );

let service: Recording;
beforeAll(async () => {
  service = await start();
});
/** By name: what does not depend on each other is registered in any order. */
const all = (kind: string, { resources } = service): RecordedResource[] =>
  resources
    .filter(({ type }) => type === `testfarm:fly:${kind}`)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
const machine = (name: string, recording = service) => resourceOf(recording, "testfarm:fly:Machine", name);
const namesOf = (keys: readonly string[]) =>
  keys
    .map((key) => service.resources.find((each) => each.key === key)!)
    .filter(({ type }) => type.endsWith("Machine"))
    .map(({ name }) => name)
    .toSorted();
const after = (name: string) => namesOf(machine(name).dependsOn);
const scaler = () => machine("service-autoscaler-machine");
const secretsOf = (role: string) => {
  const { inputs } = resourceOf(service, "testfarm:fly:Secrets", `service-${role}-secrets`);
  return { app: inputs["app"], values: (inputs["values"] as Secret).reveal() };
};

describe("a service at Fly.io", () => {
  test("has an app for each role, none of them public, the API's behind the proxy in the organization's network", () => {
    expect(all("App").map(({ inputs }) => inputs)).toEqual([
      { name: "testfarm-growth-api", organization: "farm", flycast: true },
      { name: "testfarm-growth-autoscaler", organization: "farm" },
      { name: "testfarm-growth-migrate", organization: "farm" },
      { name: "testfarm-growth-worker", organization: "farm" },
    ]);
    expect(service.outputs).toEqual({
      privateUrl: "http://testfarm-growth-api.flycast",
      logs: "https://fly.io/apps/testfarm-growth-api/monitoring",
    });
  });

  test("gives each role its own secrets and no other one's, and what is not set to nobody", () => {
    expect(secretsOf("migrate")).toEqual({
      app: "testfarm-growth-migrate",
      values: { DATABASE_ADMIN_URL: canaries.admin },
    });
    expect(secretsOf("api").values).toEqual({ DATABASE_URL: canaries.app });
    expect(secretsOf("worker").values).toEqual({ ANTHROPIC_API_KEY: canaries.model });
    expect(machine("service-api-madrid").inputs["env"]).toEqual({ PORT: "3001" });
    expect(machine("service-worker-madrid-1").inputs["env"]).toEqual({ WORKER_CONCURRENCY: "8" });
    expect(canariesInClear(service, [...Object.values(canaries), token])).toEqual([]);
  });

  test("migrates once with the image of the release, before anything else of it", () => {
    expect(machine("service-migration").inputs).toMatchObject({
      app: "testfarm-growth-migrate",
      image,
      command: ["migrate"],
      region: "fra",
      restart: "no",
      runsOnce: true,
      secretsDigest: "digest of service-migrate-secrets",
    });
  });

  test("brings a release city by city, and workers at last, all at once", () => {
    expect(after("service-api-madrid")).toEqual(["service-migration"]);
    expect(after("service-api-new-york")).toEqual(["service-api-madrid"]);
    expect(after("service-api-singapore")).toEqual(["service-api-new-york"]);
    for (const name of ["madrid-1", "new-york-1", "singapore-1", "madrid-2"])
      expect(after(`service-worker-${name}`)).toEqual(["service-api-singapore"]);
  });

  test("has an API in every city, of which the first one's is never stopped", () => {
    const apis = all("Machine").filter(({ inputs }) => inputs["group"] === "api");
    expect(apis.map(({ inputs }) => [inputs["name"], inputs["region"], inputs["autostop"]])).toEqual([
      ["testfarm-growth-api-madrid", "fra", "off"],
      ["testfarm-growth-api-new-york", "ewr", "stop"],
      ["testfarm-growth-api-singapore", "sin", "stop"],
    ]);
    for (const { inputs } of apis)
      expect(inputs).toMatchObject({
        command: ["api"],
        port: 3001,
        forceHttps: false,
        healthPath: "/readyz",
        metricsPort: 3001,
        softLimit: 1_000,
        hardLimit: 2_000,
        killTimeout: 40,
        secretsDigest: "digest of service-api-secrets",
      });
  });

  test("spreads workers over the cities, without a port that others reach", () => {
    const workers = all("Machine").filter(({ inputs }) => inputs["group"] === "worker");
    expect(workers.map(({ inputs }) => inputs["region"])).toEqual(["fra", "fra", "ewr", "sin"]);
    for (const { inputs } of workers) {
      expect(inputs).toMatchObject({
        command: ["worker"],
        healthPort: 3001,
        healthPath: "/readyz",
        size: "shared-cpu-1x",
        memory: 512,
        killTimeout: 40,
        secretsDigest: "digest of service-worker-secrets",
      });
      expect(inputs).not.toHaveProperty("port");
    }
  });

  test("gives workers with browsers of their own a second processor", async () => {
    const recording = await start({ workers: { count: 4, concurrency: 4, memory: 2_048 } });
    expect(machine("service-worker-madrid-1", recording).inputs).toMatchObject({
      size: "shared-cpu-2x",
      memory: 2_048,
    });
  });

  test("has a public address, with TLS only, for a page that is elsewhere", async () => {
    const recording = await start({ isPublic: true });
    expect(resourceOf(recording, "testfarm:fly:App", "service-api").inputs).toEqual({
      name: "testfarm-growth-api",
      organization: "farm",
      sharedIpv4: true,
      ipv6: true,
    });
    expect(machine("service-api-madrid", recording).inputs["forceHttps"]).toBe(true);
    expect(recording.outputs["url"]).toBe("https://testfarm-growth-api.fly.dev");
  });

  test("is hosted, and holds no data: nothing of it outlives the stack", () => {
    expect(service.resources.filter((each) => each.protect || each.retainOnDelete)).toEqual([]);
  });
});

describe("the autoscaler of workers at Fly.io", () => {
  test("starts as many as the sessions need, and stops them when there have been none for a while", () => {
    expect(scaler().inputs["env"]).toEqual({
      FAS_APP_NAME: "testfarm-growth-worker",
      FAS_PROCESS_GROUP: "worker",
      FAS_MIN_STARTED_MACHINE_COUNT: "min(4, max(1, ceil(sessions / 8)))",
      FAS_MAX_STARTED_MACHINE_COUNT: "sessions > 0 ? 4 : 1",
      FAS_PROMETHEUS_ADDRESS: "https://api.fly.io/prometheus/farm",
      FAS_PROMETHEUS_METRIC_NAME: "sessions",
      FAS_PROMETHEUS_QUERY: `max_over_time(max(sum by (instance) (testfarm_queue_jobs{app="testfarm-growth-api"}))[5m:15s])`,
    });
    expect(scaler().inputs).toMatchObject({ restart: "always", metricsPort: 9090 });
  });

  test("comes after the workers and a release of them, and has the token as Prometheus knows it, as a secret", () => {
    const release = resourceOf(service, "testfarm:fly:Release");
    expect(release.inputs).toEqual({ app: "testfarm-growth-worker", image });
    expect(release.ignoreChanges).toEqual(["image"]);
    expect(scaler().dependsOn).toContain(release.key);
    expect(namesOf(release.dependsOn)).toEqual([
      "service-worker-madrid-1",
      "service-worker-madrid-2",
      "service-worker-new-york-1",
      "service-worker-singapore-1",
    ]);
    expect(secretsOf("autoscaler").values).toEqual({
      FAS_API_TOKEN: `FlyV1 ${token}`,
      FAS_PROMETHEUS_TOKEN: `FlyV1 ${token}`,
    });
  });

  test("is not there for a single worker", async () => {
    const recording = await start({ cities: ["madrid"], workers: { count: 1, concurrency: 8, memory: 512 } });
    expect(all("App", recording).map(({ name }) => name)).not.toContain("service-autoscaler");
  });
});
