import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refusalIn } from "../../../../components/provider/vendors/railway/graphql.ts";
import { credentials, startInhabitedRailway } from "../../../support/contracts/railway/index.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { partialFailure, ProviderClient, secret, type Wire } from "../client.ts";

const place = { project: "project-1", environment: "environment-1" };
const api: Wire = {
  ...place,
  name: "testfarm-validation-api",
  image: "ghcr.io/farm/api@sha256:0a1b",
  region: "europe-west4-drams3a",
  replicas: 3,
  port: 3000,
  healthPath: "/health",
  variables: secret({ PORT: "3000", AUTH_SECRET: "canary-auth-secret" }),
};

const migration: Wire = {
  ...place,
  name: "testfarm-validation-migrate",
  image: "ghcr.io/farm/app@sha256:0a1b",
  region: "europe-west4-drams3a",
  startCommand: "tini -- node dist/app/main.js migrate",
  restartPolicy: "NEVER",
  variables: secret({ DATABASE_ADMIN_URL: "canary-address" }),
};

let server: Awaited<ReturnType<typeof startInhabitedRailway>>;
const closers: (() => void)[] = [];

beforeEach(async () => {
  server = await startInhabitedRailway();
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function clientOf(kind: string): Promise<ProviderClient> {
  const { client, close } = await openVendorClient("railway", kind, credentials, server);
  closers.push(close);
  return client;
}
const made = () => [...server.services.values()].at(-1)!;
/** The changes among the calls since one. */
const since = (index: number) => server.calls.slice(index).filter((call) => call.startsWith("POST "));

describe("A service at Railway", () => {
  test("is deployed once, when its host, its settings and its variables are there", async () => {
    const client = await clientOf("Service");
    await client.create(api);
    expect(since(0)).toEqual([
      "POST serviceCreate",
      "POST serviceDomainCreate",
      "POST serviceInstanceUpdate",
      "POST variableCollectionUpsert",
      "POST serviceInstanceDeployV2",
    ]);
    expect(made().deployments).toHaveLength(1);
  });

  test("is there when its deployment is over", async () => {
    const client = await clientOf("Service");
    await client.create(api);
    expect(made().deployments).toMatchObject([{ left: 0 }]);
  });

  test("rolls: its new containers are asked for their health, its old ones overlap and drain", async () => {
    const client = await clientOf("Service");
    await client.create({ ...api, healthTimeout: 90, overlapSeconds: 15, drainSeconds: 45 });
    expect(made().settings).toMatchObject({
      healthcheckPath: "/health",
      healthcheckTimeout: 90,
      overlapSeconds: 15,
      drainingSeconds: 45,
    });
  });

  test("stays where it is and as wide as it is when its image changes", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create(api);
    await client.update(id, properties, { ...api, image: "ghcr.io/farm/api@sha256:2c3d" });
    expect(made().settings.multiRegionConfig).toEqual({ "europe-west4-drams3a": { numReplicas: 3 } });
    expect(made().deployments.map(({ image }) => image)).toEqual([
      "ghcr.io/farm/api@sha256:0a1b",
      "ghcr.io/farm/api@sha256:2c3d",
    ]);
  });

  test("whose image and variables change together is deployed once", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create(api);
    const index = server.calls.length;
    const news = { ...api, image: "ghcr.io/farm/api@sha256:2c3d", variables: secret({ PORT: "3001" }) };
    await client.update(id, properties, news);
    expect(since(index)).toEqual([
      "POST serviceInstanceUpdate",
      "POST variableCollectionUpsert",
      "POST serviceInstanceDeployV2",
    ]);
    expect(made().variables).toEqual({ PORT: "3001" });
    expect(made().deployments).toHaveLength(2);
  });

  test.each([
    ["FAILED", "FAILED"],
    ["CRASHED", "CRASHED by an exit code other than 0"],
  ])(
    "whose deployment has %s says where its logs are, and is deployed again the next time",
    async (ends, said) => {
      const client = await clientOf("Service");
      server.outcome.ends = ends;
      const failed = partialFailure(await client.create(api).catch((error: unknown) => error));
      const { id: deployment } = made().deployments[0]!;
      expect(failed.reasons![0]).toContain(
        `its deployment ${deployment} is ${said}; its logs are at https://`,
      );
      expect(failed.reasons![0]).toContain(`?id=${deployment}`);
      server.outcome.ends = "SUCCESS";
      await client.update(failed.id!, failed.properties, api);
      expect(made().deployments).toHaveLength(2);
    },
  );

  test("whose first deployment was refused gets it the next time", async () => {
    const client = await clientOf("Service");
    const message = "Your plan allows no more deployments";
    server.troubleAt("POST serviceInstanceDeployV2", { body: { errors: [{ message }], data: null } });
    const failed = partialFailure(await client.create(api).catch((error: unknown) => error));
    expect(failed.reasons![0]).toMatch(
      /mutation serviceInstanceDeployV2 with 402: .*docs.railway.com\/pricing/,
    );
    await client.update(failed.id!, failed.properties, api);
    expect(made().deployments).toHaveLength(1);
  });

  test("that runs once is there when it has ended with 0", async () => {
    const client = await clientOf("Service");
    await client.create(migration);
    expect(made().settings.restartPolicyType).toBe("NEVER");
    expect(made().deployments).toMatchObject([{ left: 0 }]);
  });

  test("that runs once runs again for another image or other variables, and not for the same ones", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create(migration);
    const image = "ghcr.io/farm/app@sha256:2c3d";
    const news = { ...migration, image };
    let state = await client.update(id, properties, news);
    state = await client.update(id, state, news);
    expect(made().deployments.map((each) => each.image)).toEqual([migration["image"], image]);
    await client.update(id, state, {
      ...news,
      variables: secret({ DATABASE_ADMIN_URL: "canary-of-tomorrow" }),
    });
    expect(made().deployments).toHaveLength(3);
  });

  test("that runs once and ends with an error says so, and runs again the next time", async () => {
    const client = await clientOf("Service");
    server.outcome.ends = "CRASHED";
    const failed = partialFailure(await client.create(migration).catch((error: unknown) => error));
    expect(failed.reasons![0]).toMatch(
      /is CRASHED by an exit code other than 0; its logs are at https:\S+\?id=/,
    );
    server.outcome.ends = "SUCCESS";
    await client.update(failed.id!, failed.properties, migration);
    expect(made().deployments).toMatchObject([{ ends: "CRASHED" }, { ends: "SUCCESS", left: 0 }]);
  });

  test("with a volume has it before it is first deployed, and leaves it when it goes", async () => {
    const volumes = await clientOf("Volume");
    const disk = { ...place, name: "testfarm-validation-database", region: "us-west2" };
    const { properties: mounted } = await volumes.create(disk);
    const client = await clientOf("Service");
    const index = server.calls.length;
    const { id, properties } = await client.create({
      ...place,
      name: "testfarm-validation-database",
      image: "postgres:17",
      region: "us-west2",
      volume: mounted["volume"]!,
      mountPath: "/var/lib/postgresql/data",
    });
    expect(since(index).slice(-2)).toEqual(["POST volumeInstanceUpdate", "POST serviceInstanceDeployV2"]);
    const [volume] = server.volumes.values();
    expect(volume).toMatchObject({ mountPath: "/var/lib/postgresql/data", name: disk.name });
    await client.delete(id, properties);
    expect([...server.volumes.values()]).toMatchObject([{ serviceId: null, isPendingDeletion: false }]);
  });

  test("is reached by TCP at a host and a port that it tells", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create({ ...api, tcpPort: 5432 });
    expect(properties).toMatchObject({ proxyHost: "shuttle.proxy.rlwy.net", proxyPort: 15_140 });
    await client.update(id, properties, { ...api, tcpPort: 6379 });
    expect([...server.proxies.values()]).toMatchObject([{ applicationPort: 6379 }]);
  });

  test("that loses its port loses its public host", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create(api);
    const { port: _, ...hidden } = api;
    await client.update(id, properties, hidden);
    expect(server.hosts.size).toBe(0);
  });

  test("whose host was taken away in the console has no port, as a refresh tells", async () => {
    const client = await clientOf("Service");
    const { id, properties } = await client.create(api);
    server.hosts.clear();
    expect((await client.read(id, properties, api)).inputs).not.toHaveProperty("port");
  });

  test("draws its image with an account whose password is secret, as its variables are", async () => {
    const client = await clientOf("Service");
    const registry = { registryUsername: "farm", registryPassword: "canary-registry-password" };
    const variables = { AUTH_SECRET: "canary-auth-secret" };
    const { properties } = await client.create({ ...api, ...registry, variables });
    expect(made().settings.registryCredentials).toEqual({
      username: registry.registryUsername,
      password: registry.registryPassword,
    });
    expect(properties["registryPassword"]).toEqual(secret(registry.registryPassword));
    expect(properties["variables"]).toEqual(secret(variables));
  });

  test("is found on a later page", async () => {
    for (const name of ["one", "two", "three"]) server.services.set(name, { ...made(), name });
    const client = await clientOf("Service");
    server.troubleAt("POST serviceCreate", "lost");
    await client.create(api);
    expect([...server.services.values()].filter(({ name }) => name === api["name"])).toHaveLength(1);
  });

  test("is imported by an id of three parts only", async () => {
    const client = await clientOf("Service");
    await expect(client.read("service-1", {}, {})).rejects.toThrow(
      'The id is "service-1"; it must be <project>/<environment>/<service>',
    );
  });
});

test("A volume at Railway is there when it can be used, and follows its service by itself", async () => {
  const client = await clientOf("Volume");
  const disk = { ...place, name: "testfarm-validation-database", region: "us-west2" };
  const { id, properties } = await client.create(disk);
  expect([...server.volumes.values()][0]!.left).toBeLessThan(0);
  const index = server.calls.length;
  await client.update(id, properties, { ...disk, region: "us-east4-eqdc4a" });
  expect(since(index)).toEqual([]);
});

test("A bucket at Railway keeps both of its keys secret", async () => {
  const client = await clientOf("Bucket");
  const { properties } = await client.create({ ...place, name: "testfarm-validation", region: "ams" });
  expect(properties["accessKeyId"]).toEqual(secret("canary-access-of-bucket"));
  expect(properties["secretAccessKey"]).toEqual(secret("canary-secret-of-bucket"));
});

test("A bucket at Railway goes alone, though nothing but a change of its environment deletes it", async () => {
  const client = await clientOf("Bucket");
  const bucket = { ...place, name: "testfarm-validation", region: "ams" };
  const { id, properties } = await client.create(bucket);
  await client.create({ ...bucket, name: "testfarm-other" });
  const index = server.calls.length;
  await client.delete(id, { ...properties, deletionProtection: false });
  expect(since(index)).toEqual(["POST environmentPatchCommit"]);
  expect([...server.buckets.values()].map(({ name, isDeleted }) => [name, isDeleted])).toEqual([
    ["testfarm-validation", true],
    ["testfarm-other", undefined],
  ]);
});

test.each([
  ["Not Authorized", 403],
  ["Project Token not found", 403],
  ["ServiceInstance not found", 404],
  ["You are creating projects too quickly", 429],
  ["Upgrade to Pro for private registries", 402],
  ["Problem processing request", 500],
  ["Failed to create service domain, please try again", 500],
  ["Invalid project name", 400],
])("what Railway says with status 200 is understood: %s is %i", (message, status) => {
  expect(refusalIn({ errors: [{ message }], data: null })).toEqual({ status, message });
});

test.each([
  [{ project: { name: "farm", deletedAt: null } }, undefined],
  [{ project: { name: "farm", deletedAt: "2026-11-26T09:00:00.000Z" } }, 404],
  [{ volumeInstance: { isPendingDeletion: true } }, 404],
  [null, 500],
])("what Railway answers without an error counts too: %j", (data, status) => {
  expect(refusalIn({ data })?.status).toBe(status);
});
