import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  credentials,
  ownerId,
  type RenderServer,
  startRender,
  startWithService,
} from "../../../support/contracts/render/index.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { partialFailure, ProviderClient, secret, type Wire } from "../client.ts";

const image = (digit: string) => `registry.test/farm/app@sha256:${digit.repeat(64)}`;
const place = { ownerId, region: "frankfurt" };

const service = {
  name: "testfarm-validation-api",
  ...place,
  type: "web_service",
  image: image("a"),
  registryCredentialId: "rgc-1",
  plan: "standard",
  instances: 2,
  command: "node dist/app/main.js api",
  preDeployCommand: "node dist/app/main.js migrate",
  healthCheckPath: "/api/health",
  maxShutdownDelaySeconds: 120,
  variables: { DATABASE_URL: "canary-address", NODE_ENV: "production" },
};
let server: RenderServer;
let client: ProviderClient;
let close: () => void;

async function open(kind: string, start: () => Promise<RenderServer>): Promise<void> {
  server = await start();
  ({ client, close } = await openVendorClient("render", kind, credentials, server));
}

const only = () => [...server.services.values()][0]!;

describe("A service of Render", () => {
  const given: Wire = { ...service, variables: secret(service.variables) };

  beforeEach(() => open("Service", startRender));
  afterEach(() => close());

  test("is made so that a release waits for its health and drains the old instance", async () => {
    await client.create(given);
    expect(only()).toMatchObject({
      image: { ownerId, imagePath: image("a"), registryCredentialId: "rgc-1" },
      serviceDetails: {
        numInstances: 2,
        plan: "standard",
        healthCheckPath: "/api/health",
        maxShutdownDelaySeconds: 120,
        preDeployCommand: "node dist/app/main.js migrate",
        envSpecificDetails: { dockerCommand: "node dist/app/main.js api" },
      },
    });
    expect(only().deploys).toMatchObject([{ status: "live", image: image("a") }]);
  });

  test("is deployed once for a new image with new variables, after both are there", async () => {
    const { id, properties } = await client.create(given);
    const news = { ...given, image: image("b"), variables: secret({ NODE_ENV: "test" }) };
    await client.update(id, properties, news);
    expect(only().deploys).toMatchObject([
      { status: "deactivated", image: image("a"), variables: service.variables },
      { status: "live", image: image("b"), variables: { NODE_ENV: "test" } },
    ]);
  });

  test("says no more than what has changed", async () => {
    const { id, properties } = await client.create(given);
    await client.update(id, properties, { ...given, image: image("b"), maxShutdownDelaySeconds: 60 });
    expect(only().patches).toEqual([
      {
        image: { ownerId, imagePath: image("b"), registryCredentialId: "rgc-1" },
        serviceDetails: { maxShutdownDelaySeconds: 60 },
      },
    ]);
  });

  test("loses what is left out from now on", async () => {
    const { id, properties } = await client.create(given);
    const { command: _, preDeployCommand: __, healthCheckPath: ___, ...rest } = given;
    await client.update(id, properties, rest);
    expect(only().patches).toEqual([
      {
        serviceDetails: {
          preDeployCommand: "",
          envSpecificDetails: { dockerCommand: "" },
          healthCheckPath: "",
        },
      },
    ]);
  });

  test("whose deploy fails says so with the page that tells why, and is deployed again by the next update", async () => {
    server.endings.push("pre_deploy_failed");
    const failed = partialFailure(await client.create(given).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toContain(
      "its deploy ended as pre_deploy_failed; see https://dashboard.render.com/web/srv-1/deploys/dep-1",
    );
    await client.update(failed.id!, failed.properties, given);
    expect(only().deploys.map(({ status }) => status)).toEqual(["pre_deploy_failed", "live"]);
  });

  test("keeps what runs when a new image does not come up, and tries it again", async () => {
    const { id, properties } = await client.create(given);
    server.endings.push("update_failed");
    const news = { ...given, image: image("b") };
    await expect(client.update(id, properties, news)).rejects.toThrow("its deploy ended as update_failed");
    expect(only().deploys.map(({ status }) => status)).toEqual(["live", "update_failed"]);
    await client.update(id, properties, news);
    expect(only().deploys.map(({ status }) => status)).toEqual(["deactivated", "update_failed", "live"]);
  });

  test("whose host is somebody else's is not taken for what it should be", async () => {
    const made = { ...given, publicHost: "testfarm-validation-api.onrender.com" };
    await client.create(made);
    const other = { ...made, name: "testfarm-other" };
    const failed = partialFailure(await client.create(other).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toContain(
      "testfarm-validation-api.onrender.com is somebody else's, so that it is at https://testfarm-other.onrender.com; choose another name",
    );
  });

  test("that is suspended is not waited for", async () => {
    const { id, properties } = await client.create(given);
    only().suspended = true;
    await expect(client.update(id, properties, { ...given, instances: 1 })).rejects.toThrow(
      "it is suspended; see https://dashboard.render.com/web/srv-1",
    );
  });

  test("goes from autoscaling back to a number of instances", async () => {
    const { id, properties } = await client.create({ ...given, maxInstances: 5 });
    expect(only().serviceDetails.autoscaling).toMatchObject({ enabled: true, min: 2, max: 5 });
    await client.update(id, properties, given);
    expect(only().serviceDetails).toMatchObject({ numInstances: 2 });
    expect(only().serviceDetails.autoscaling).toBeUndefined();
  });

  test.each([
    ["private_service", "testfarm-validation-api-x1:10000"],
    ["background_worker", ""],
  ])("of the type %s has the address %j and no health check", async (type, url) => {
    const { healthCheckPath: _, ...rest } = given;
    const { properties } = await client.create({ ...rest, type });
    expect(properties["url"]).toBe(url);
    expect(only().serviceDetails).not.toHaveProperty("healthCheckPath");
  });

  test("of another type is not taken over for its name", async () => {
    const { healthCheckPath: _, ...rest } = given;
    await client.create({ ...rest, type: "private_service" });
    await expect(client.create(given)).rejects.toThrow(
      'exists already as srv-1, with type "private_service" instead of "web_service"',
    );
    expect(server.services.size).toBe(1);
  });

  test("that the workspace's plan does not hold says where to change that", async () => {
    server.troubleAt("POST /v1/services", { status: 402, body: { message: "payment required" } });
    await expect(client.create(given)).rejects.toThrow(
      /Render answered POST \/v1\/services with 402: payment required. Add a payment method .*https:\/\/dashboard.render.com\/billing/,
    );
  });
});

describe("A custom domain of Render", () => {
  beforeEach(() => open("CustomDomain", startWithService));
  afterEach(() => close());

  test("is looked for in DNS when its record is there, and not before", async () => {
    const given = { serviceId: "srv-1", name: "app.farm.test", hasRecord: false };
    const { id, properties } = await client.create(given);
    expect([id, properties["isVerified"]]).toEqual(["srv-1/app.farm.test", false]);
    const state = await client.update(id, properties, { ...given, hasRecord: true });
    expect(state["isVerified"]).toBe(true);
  });
});

describe("A PostgreSQL of Render", () => {
  beforeEach(() => open("Postgres", startRender));
  afterEach(() => close());

  test("is version 17, closed to the outside, and waited for", async () => {
    await client.create({ name: "testfarm-validation", ...place });
    const [made] = server.databases.values();
    expect(made).toMatchObject({ version: "17", plan: "basic_256mb", ipAllowList: [] });
    expect(made!.pending).toBeLessThan(0);
  });

  test("that is suspended is not waited for", async () => {
    const given = { name: "testfarm-validation", ...place };
    const { id, properties } = await client.create(given);
    server.databases.get(id)!.status = "suspended";
    await expect(client.update(id, properties, { ...given, plan: "pro_4gb" })).rejects.toThrow(
      "dpg-1 is suspended; see https://dashboard.render.com/",
    );
  });
});

describe("A key-value store of Render", () => {
  beforeEach(() => open("KeyValue", startRender));
  afterEach(() => close());

  test("drops nothing, is closed to the outside, and waited for", async () => {
    await client.create({ name: "testfarm-validation", ...place });
    const [made] = server.stores.values();
    expect(made).toMatchObject({ maxmemoryPolicy: "noeviction", plan: "starter", ipAllowList: [] });
    expect(made!.pending).toBeLessThan(0);
  });
});

describe("Of what Render knows and is told", () => {
  afterEach(() => close());

  const database = { name: "testfarm-validation", ...place };
  const migration = { ...database, image: image("a"), command: "true", variables: { A: "b" } };
  const credential = {
    name: "testfarm-validation",
    ownerId,
    registry: "GITHUB",
    username: "farm",
    token: "t",
  };
  test.each([
    ["Service", service, ["variables"]],
    ["Job", migration, ["variables"]],
    ["Postgres", database, ["password"]],
    ["KeyValue", database, ["externalUrl", "url"]],
    ["RegistryCredential", credential, ["token"]],
  ])("a %s keeps secret what is, even if the program does not", async (kind, given, secrets) => {
    await open(kind, startRender);
    const { properties } = await client.create(given);
    const kept = Object.keys(properties).filter((field) =>
      isDeepStrictEqual(properties[field], secret((properties[field] as Wire)["value"]!)),
    );
    expect(kept.toSorted()).toEqual(secrets);
  });
});
