import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  credentials,
  ownerId,
  type RenderServer,
  startRender,
} from "../../../support/contracts/render/index.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { partialFailure, ProviderClient, secret, type Wire } from "../client.ts";

const image = (digit: string) => `registry.test/farm/app@sha256:${digit.repeat(64)}`;
const place = { ownerId, region: "frankfurt" };

describe("A job of Render", () => {
  let server: RenderServer;
  let client: ProviderClient;
  let close: () => void;
  const only = () => [...server.services.values()][0]!;

  const variables = { DATABASE_ADMIN_URL: "canary-address" };
  const given: Wire = {
    name: "testfarm-validation-migrate",
    ...place,
    image: image("a"),
    command: "tini -- node dist/app/main.js migrate",
    variables: secret(variables),
  };

  beforeEach(async () => {
    server = await startRender();
    ({ client, close } = await openVendorClient("render", "Job", credentials, server));
  });
  afterEach(() => close());

  test("is deployed, run once and waited for; by itself it runs on 29 February only", async () => {
    await client.create(given);
    expect(only().deploys).toMatchObject([{ status: "live", image: image("a") }]);
    expect(only().runs).toMatchObject([{ command: given["command"], image: image("a"), variables, left: 0 }]);
    expect(only().serviceDetails).toMatchObject({ schedule: "0 0 29 2 *" });
  });

  test("runs again for another image or other variables, with these, and not for the same ones", async () => {
    const { id, properties } = await client.create(given);
    const news = { ...given, image: image("b") };
    let state = await client.update(id, properties, news);
    state = await client.update(id, state, news);
    expect(only().runs.map((run) => run.image)).toEqual([image("a"), image("b")]);
    const tomorrow = { DATABASE_ADMIN_URL: "canary-of-tomorrow" };
    await client.update(id, state, { ...news, variables: secret(tomorrow) });
    expect(only().runs.map((run) => run.variables)).toEqual([variables, variables, tomorrow]);
  });

  test("that ends with an error says with which code and where its logs are, and runs again the next time", async () => {
    server.runEndings.push("failed");
    const failed = partialFailure(await client.create(given).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toContain(
      "its run job-1 ended as failed with exit code 3; its logs are under Jobs at https://dashboard.render.com/cron/crn-1",
    );
    await client.update(failed.id!, failed.properties, given);
    expect(only().runs.map(({ ends }) => ends)).toEqual(["failed", "succeeded"]);
  });

  test("whose run was stopped in the console says so", async () => {
    server.runEndings.push("canceled");
    const failed = partialFailure(await client.create(given).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toContain("its run job-1 ended as canceled; its logs are under Jobs at");
  });

  test("whose image does not come up does not run", async () => {
    server.endings.push("update_failed");
    const failed = partialFailure(await client.create(given).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toContain(
      "its deploy ended as update_failed; see https://dashboard.render.com/cron/crn-1/deploys/dep-1",
    );
    expect(only().runs).toEqual([]);
  });
});
