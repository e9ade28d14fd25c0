import { afterEach, beforeEach, expect, test } from "vitest";
import { credentials, startBrowserbaseApi } from "../../../support/contracts/browserbase.ts";
import { openVendorClient, type VendorClient } from "../../../support/vendor-client.ts";
import { partialFailure, unknownMark } from "../client.ts";

const id = "6f1c9d2e-0000-4000-8000-000000000000";
const inputs = { project: id, sessions: 20 };
const told = { name: "testfarm", concurrency: 25, defaultTimeout: 900 };

let server: Awaited<ReturnType<typeof startBrowserbaseApi>>;
let vendor: VendorClient;
beforeEach(async () => {
  server = await startBrowserbaseApi({ [id]: {} });
  vendor = await openVendorClient("browserbase", "Project", credentials, server);
});
afterEach(() => vendor.close());

/** The plan of the project is another one. */
const allow = (concurrency: number) => Object.assign(server.projects.get(id)!, { concurrency });
const failureOf = async (work: Promise<unknown>) =>
  partialFailure(
    await work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );

test("a preview asks nothing, and what will be told is unknown", async () => {
  const { properties } = await vendor.client.create(inputs, true);
  expect(properties).toMatchObject({ name: unknownMark, concurrency: unknownMark });
  expect(server.calls).toEqual([]);
});

test("a project that is there is told, and nothing but asked for", async () => {
  const made = await vendor.client.create(inputs);
  expect(made).toEqual({ id, properties: { ...inputs, ...told } });
  expect(new Set(server.calls)).toEqual(new Set([`GET /v1/projects/${id}`]));
});

test("a key that does not open it: which, and where another one is", async () => {
  await vendor.configure({ apiKey: "canary-other-key" });
  const error = (await vendor.client.create(inputs).catch((reason: unknown) => reason)) as Error;
  expect(error.message).toMatch(
    /Browserbase answered GET \S+ with 401: Unauthorized.*https:\/\/\S+, and set testfarm:browserbaseApiKey/,
  );
  expect(error.message).not.toContain("canary-other-key");
});

test("a project that is not there: which setting, and where the id is", async () => {
  await expect(vendor.client.create({ ...inputs, project: "other" })).rejects.toThrow(
    /GET \/v1\/projects\/other with 404: Project not found\. .*testfarm:browserbaseProjectId.*testfarm:browserbaseApiKey/,
  );
});

test("a plan for fewer sessions at once fails with both numbers, until it is raised", async () => {
  allow(3);
  const failed = await failureOf(vendor.client.create(inputs));
  expect(failed.message).toMatch(
    /sessions is 20, and Browserbase's project testfarm runs at most 3 at the same time\. Set testfarm:sessions to 3 or less, or raise the plan/,
  );
  expect(failed.id).toBe(id);
  await expect(vendor.client.update(id, failed.properties, inputs)).rejects.toThrow(/at most 3/);
  allow(20);
  expect(await vendor.client.update(id, failed.properties, inputs)).toMatchObject({ concurrency: 20 });
});

test("more sessions are checked against the plan as it is then, fewer are taken", async () => {
  const { properties } = await vendor.client.create(inputs);
  expect((await vendor.client.diff(inputs, { ...inputs, sessions: 30 })).replaces).toEqual([]);
  await expect(vendor.client.update(id, properties, { ...inputs, sessions: 30 })).rejects.toThrow(
    /sessions is 30, .* at most 25/,
  );
  expect(await vendor.client.update(id, properties, { ...inputs, sessions: 10 })).toMatchObject({
    sessions: 10,
  });
});

test("another project replaces it, a refresh tells what has changed there, an import its id", async () => {
  const { properties } = await vendor.client.create(inputs);
  expect((await vendor.client.diff(inputs, { ...inputs, project: "other" })).replaces).toEqual(["project"]);
  allow(100);
  expect((await vendor.client.read(id, properties, inputs)).properties).toMatchObject({ concurrency: 100 });
  expect((await vendor.client.read(id, {}, {})).inputs).toEqual({ project: id });
});

test("that was deleted there is gone, and a delete of it here does nothing there", async () => {
  const { properties } = await vendor.client.create(inputs);
  const before = server.calls.length;
  await vendor.client.delete(id, properties);
  expect(server.calls.length).toBe(before);
  server.projects.delete(id);
  expect((await vendor.client.read(id, properties, inputs)).id).toBe("");
});

test("what makes no sense is refused before anything is asked", async () => {
  const { failures } = await vendor.client.check({ project: "", sessions: 0 });
  expect(failures.map(({ property, reason }) => `${property} ${reason}`)).toEqual([
    'project is "": must be the id of a project',
    "sessions is 0: must be 1 at least",
  ]);
  expect(server.calls).toEqual([]);
});
