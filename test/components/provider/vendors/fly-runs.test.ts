import { describe, expect, test } from "vitest";
import { partialFailure } from "../client.ts";
import { app, flyAccount, image, isChange } from "./fly-account.ts";

/** A machine that ends by itself. */
const migration = {
  app,
  name: "testfarm-growth-migrate",
  region: "fra",
  image: image("a"),
  size: "shared-cpu-1x",
  memory: 512,
  command: ["migrate"],
  restart: "no",
  runsOnce: true,
};

describe("a machine at Fly.io that runs once", () => {
  const { server, clientOf } = flyAccount();
  const theOne = () => [...server().machines.values()][0]!;
  const changesSince = (index: number) =>
    server()
      .calls.slice(index)
      .filter(isChange)
      .map((call) => call.replace(/ \/v1\/apps\/[\w-]+\/machines(\/\w+)?/, " "));

  test("is ready when its process has ended well, and not before", async () => {
    const client = await clientOf("Machine");
    await client.create(migration);
    expect(theOne().state).toBe("stopped");
    expect(server().launches).toHaveLength(1);
    expect(server().launches[0]).toMatchObject({ config: { restart: { policy: "no" } } });
  });

  test("runs again for a new image, and the end of the run before does not count", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(migration);
    const index = server().calls.length;
    server().runs.exitCode = 3;
    const update = client.update(id, properties, { ...migration, image: image("b") });
    await expect(update).rejects.toThrow(
      /has failed: its process ended with code 3; see fly logs --machine \w+\. The next pulumi up runs it again/,
    );
    expect(changesSince(index)).toEqual(["POST "]);
    expect(theOne().config["image"]).toBe(image("b"));
    expect(theOne().nonce).toBeUndefined();
  });

  test("that has failed as it was made is kept with its id, and runs again with the next update", async () => {
    const client = await clientOf("Machine");
    server().runs.exitCode = 1;
    const error: unknown = await client.create(migration).catch((reason: unknown) => reason);
    const failed = partialFailure(error);
    expect(failed.message).toContain("ended with code 1");
    server().runs.exitCode = 0;
    const index = server().calls.length;
    await client.update(failed.id!, failed.properties, migration);
    expect(changesSince(index)).toEqual(["POST "]);
    expect(server().machines.size).toBe(1);
  });

  test("that has failed shows as drift, so that it is not forgotten by a refresh; one that ended well does not", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(migration);
    expect((await client.read(id, properties, migration)).inputs).toEqual(migration);
    theOne().events[0]!.request!.exit_event.exit_code = 1;
    const { inputs } = await client.read(id, properties, migration);
    expect(inputs).toEqual({ ...migration, runsOnce: false });
  });

  test("that somebody has stopped before its end has not done its work", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(migration);
    theOne().events[0]!.request!.exit_event.requested_stop = true;
    expect((await client.read(id, properties, migration)).inputs).toMatchObject({ runsOnce: false });
  });

  test("is refused where it would be started again", async () => {
    const client = await clientOf("Machine");
    const { failures } = await client.check({ ...migration, restart: "always" });
    expect(failures).toEqual([
      { property: "restart", reason: `is "always": must be no for a machine that runs once` },
    ]);
  });

  test("is removed without being cordoned", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(migration);
    const index = server().calls.length;
    await client.delete(id, properties);
    expect(changesSince(index)).toEqual(["POST /stop", "DELETE "]);
  });
});
