import { afterEach, expect, test } from "vitest";
import { credentials } from "../../../support/contracts/fly/index.ts";
import { startBothOfFly } from "../../../support/contracts/fly-both.ts";
import { type FlyGraphqlOptions, startFlyGraphql } from "../../../support/contracts/fly-graphql.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";
import { secret } from "../client.ts";

const inputs = { name: "testfarm-growth-a1b2c3", organizationId: "org-node-1" };
const secretAccessKey = secret("tsec_canary-of-bucket");

testVendorKind({
  vendor: "fly",
  kind: "Bucket",
  secrets: ["accessKeyId", "secretAccessKey"],
  credentials,
  start: () => startFlyGraphql({ buckets: ["others-first", "others-second"] }),
  inputs,
  outputs: {
    bucket: inputs.name,
    endpoint: "https://fly.storage.tigris.dev",
    accessKeyId: "tid_canary-of-bucket",
    secretAccessKey: "tsec_canary-of-bucket",
  },
  createCall: "POST createAddOn",
  readCall: "GET addOn",
  count: ({ buckets }) => [...buckets.values()].filter(({ name }) => name === inputs.name).length,
  replacements: [{ name: "testfarm-other" }, { organizationId: "org-node-2" }],
  refused: [
    { inputs: { name: "TestFarm" }, property: "name", reason: /is "TestFarm": must be 3 to 63 lower-case/ },
    { inputs: { name: "testfarm-" }, property: "name", reason: /not ending in a dash/ },
  ],
});

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

async function start(kind: string, options: FlyGraphqlOptions = {}) {
  const server = await startFlyGraphql(options);
  const { client, close } = await openVendorClient("fly", kind, credentials, server);
  ends.push(close);
  return { server, client };
}

test("it is private", async () => {
  const { server, client } = await start("Bucket");
  await client.create(inputs);
  expect([...server.buckets.values()]).toMatchObject([
    { options: { public: false, website: { domain_name: "" } } },
  ]);
});

test("keys that are told once are kept through every later look", async () => {
  const { client } = await start("Bucket", { tellsKeysOnce: true });
  const { id, properties } = await client.create(inputs);
  expect(properties).toMatchObject({ bucket: inputs.name, secretAccessKey });
  expect((await client.read(id, properties, inputs)).properties).toMatchObject({ secretAccessKey });
  const mended = await client.update(id, properties, inputs);
  expect(mended).toMatchObject({ secretAccessKey });
});

test("one whose keys nobody knows is not taken over, and what to do is said", async () => {
  const { server, client } = await start("Bucket", { tellsKeysOnce: true, buckets: [inputs.name] });
  await expect(client.create(inputs)).rejects.toThrow(
    /testfarm-growth-a1b2c3 is there already, .* keys of a bucket only when it is made\. Delete it with fly storage destroy testfarm-growth-a1b2c3/,
  );
  expect(server.buckets.size).toBe(1);
});

test("a name that somebody else has is refused with Fly.io's own words", async () => {
  const { client } = await start("Bucket", { buckets: [inputs.name] });
  await expect(client.create({ ...inputs, organizationId: "org-node-2" })).rejects.toThrow(
    "Fly.io answered mutation createAddOn with 400: testfarm-growth-a1b2c3 is unavailable for creation",
  );
});

test("that cannot be made is told with the reason, and kept with its id", async () => {
  const { server, client } = await start("Bucket");
  const { id, properties } = await client.create(inputs);
  server.buckets.get(id)!.status = "error";
  await expect(client.update(id, properties, inputs)).rejects.toThrow(
    `${id} has failed: the bucket could not be made`,
  );
});

test("an organization is looked up by its slug, and left alone", async () => {
  const { server, client } = await start("Organization");
  const { id, properties } = await client.create({ slug: "farm" });
  expect([id, properties]).toEqual(["farm", { slug: "farm", nodeId: "org-node-1" }]);
  expect((await client.read("farm", {}, {})).inputs).toEqual({ slug: "farm" });
  const before = server.calls.length;
  await client.delete(id, properties);
  expect(server.calls.length).toBe(before);
});

test("an organization that the token does not open is an error", async () => {
  const { client } = await start("Organization");
  await expect(client.create({ slug: "elsewhere" })).rejects.toThrow(
    "Fly.io answered query organization with 404: Could not find Organization",
  );
});

test("with a gateway both of Fly.io's APIs are asked there", async () => {
  const server = await startBothOfFly();
  const made = { App: { name: "testfarm-growth", organization: "farm" }, Bucket: inputs };
  for (const [kind, given] of Object.entries(made)) {
    const { client, close } = await openVendorClient("fly", kind, credentials, server);
    ends.push(close);
    await client.create(given);
  }
  expect(server.machines.calls).toContain("POST /v1/apps");
  expect(server.graphql.calls).toContain("POST createAddOn");
});
