import { describe, expect, test } from "vitest";
import { credentials, type FlyMachine } from "../../../support/contracts/fly/index.ts";
import { api, app, flyAccount, image, isChange } from "./fly-account.ts";

const machineIn = (call: string) => /machines\/(\w+)/.exec(call)?.[1];

describe("a release at Fly.io", () => {
  const { server, start, clientOf } = flyAccount();
  /** Calls since then, with the path below the machine only. */
  const callsSince = (index: number) =>
    server()
      .calls.slice(index)
      .map((call) => call.replace(/ \/v1\/apps\/[\w-]+\/machines(\/\w+)?/, " "));
  const machineNamed = (name: string): FlyMachine =>
    [...server().machines.values()].find((each) => each.name === name)!;

  test("rolls a release from region to region: the next one begins when the checks of the one before pass", async () => {
    const client = await clientOf("Machine");
    const places = ["fra", "iad", "sin"];
    const made = [];
    for (const region of places) {
      const given = { ...api, region, name: `api-${region}` };
      made.push({ given, ...(await client.create(given)) });
    }
    const index = server().calls.length;
    const checksAtStart: number[][] = [];
    for (const { id, properties, given } of made) {
      checksAtStart.push([...server().machines.values()].map(({ checking }) => Math.max(checking, 0)));
      await client.update(id, properties, { ...given, image: image("b") });
    }
    const ids = made.map(({ id }) => id.split("/")[1]);
    const order = server().calls.slice(index).map(machineIn);
    expect(order.filter((id, position) => id !== order[position - 1])).toEqual(ids);
    expect(checksAtStart).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(
      [...server().machines.values()].map(({ config, cordoned, nonce }) => [
        config["image"],
        cordoned,
        nonce,
      ]),
    ).toEqual(ids.map(() => [image("b"), false, undefined]));
  });

  test("takes a machine out of the proxy before its process ends, and in again once the new one's checks pass", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const index = server().calls.length;
    await client.update(id, properties, { ...api, image: image("b") });
    const calls = callsSince(index).filter((call, position, all) => call !== all[position - 1]);
    expect(calls).toEqual([
      "GET ",
      "POST /lease",
      "POST /cordon",
      "POST ",
      "GET /wait",
      "GET ",
      "POST /uncordon",
      "DELETE /lease",
      "GET ",
    ]);
    expect(server().launches.at(-1)).toMatchObject({
      skip_service_registration: true,
      config: {
        stop_config: { signal: "SIGTERM", timeout: "90s" },
        services: [
          {
            internal_port: 3001,
            autostop: "stop",
            autostart: true,
            concurrency: { type: "requests", soft_limit: 20, hard_limit: 25 },
            checks: [{ type: "http", port: 3001, path: "/readyz", grace_period: "10s" }],
          },
        ],
        metrics: { port: 3001, path: "/metrics" },
        metadata: { fly_platform_version: "v2", fly_process_group: "api", testfarm_secrets: "d1" },
      },
    });
  });

  test.each([
    ["serving", api],
    [
      "working",
      { app, name: "worker", region: "fra", image: image("a"), size: "shared-cpu-1x", memory: 256 },
    ],
  ])(
    "a %s machine whose creation was not answered is taken over as it is, and not rolled",
    async (_, given) => {
      const client = await clientOf("Machine");
      server().troubleAt("POST /v1/apps/{app}/machines", "lost");
      await client.create(given);
      expect(callsSince(0).filter(isChange)).toEqual(["POST "]);
      expect(machineNamed(given["name"] as string).state).toBe("started");
    },
  );

  test("understands a lease without an envelope too", async () => {
    await start({ hasBareLeases: true });
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    await client.update(id, properties, { ...api, image: image("b") });
    expect(machineNamed(String(api["name"])).nonce).toBeUndefined();
  });

  test("leaves a machine alone that somebody else has a lease on, says what to do, and tells no nonce", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    machineNamed(String(api["name"])).nonce = "canary-nonce-of-another";
    const index = server().calls.length;
    const update = client.update(id, properties, { ...api, image: image("b") });
    const error = (await update.catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(
      /with 409: lease of \w+ is held.*wait, or end it with fly machine leases clear/,
    );
    expect(error.message).not.toContain("canary-nonce");
    expect(callsSince(index)).toEqual(["GET ", "POST /lease"]);
    expect(machineNamed(String(api["name"])).config["image"]).toBe(image("a"));
  });

  test("keeps a release that does not start out of the proxy, so that other regions go on with the old one", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const found = machineNamed(String(api["name"]));
    for (const skip of [0, 0, 0, 0, 0])
      server().troubleAt(
        "GET /v1/apps/{app}/machines/{machine}/wait",
        {
          status: 408,
          body: {
            error: "deadline_exceeded: machine failed to reach desired state, started, currently stopped",
          },
        },
        skip,
      );
    const update = client.update(id, properties, { ...api, image: image("b") });
    await expect(update).rejects.toThrow(/with 408: deadline_exceeded.*Its log says why: fly logs/);
    expect(found.cordoned).toBe(true);
  });

  test("keeps a release out of the proxy whose process ends before its checks have passed", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const found = machineNamed(String(api["name"]));
    const { name, region, config, instance: instance_id } = found;
    const ended = [{ type: "exit", request: { exit_event: { exit_code: 1, requested_stop: false } } }];
    const body = { id: found.id, name, region, config, instance_id, state: "stopped", events: ended };
    server().troubleAt("GET /v1/apps/{app}/machines/{machine}", { status: 200, body }, 1);
    const update = client.update(id, properties, { ...api, image: image("b") });
    await expect(update).rejects.toThrow(/has failed: its process ended with code 1; see fly logs/);
    expect(found.cordoned).toBe(true);
  });

  test("a worker without a port is asked by a check of its own, and not cordoned", async () => {
    const client = await clientOf("Machine");
    const { port: _, ...rest } = api;
    const worker = { ...rest, name: "worker", autostop: "off", healthPort: 3002 };
    const { id, properties } = await client.create(worker);
    expect(server().launches.at(-1)).toMatchObject({
      config: { checks: { health: { type: "http", port: 3002, path: "/readyz" } } },
    });
    expect(server().launches.at(-1)!["config"]).not.toHaveProperty("services");
    expect((await client.read(id, {}, {})).inputs).toMatchObject({ healthPort: 3002, healthPath: "/readyz" });
    const index = server().calls.length;
    await client.update(id, properties, { ...worker, image: image("b") });
    expect(callsSince(index).filter(isChange)).toEqual(["POST /lease", "POST ", "DELETE /lease"]);
  });

  test("a machine that an autoscaler has stopped gets a new release and stays stopped", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const found = machineNamed(String(api["name"]));
    found.state = "stopped";
    found.events.unshift({ type: "exit", request: { exit_event: { exit_code: 0, requested_stop: true } } });
    const index = server().calls.length;
    await client.update(id, properties, { ...api, image: image("b") });
    expect(callsSince(index)).toEqual(["GET ", "POST /lease", "POST ", "DELETE /lease", "GET "]);
    expect(server().launches.at(-1)).toMatchObject({ skip_launch: true, config: { image: image("b") } });
    expect(found.state).toBe("created");
  });

  test("a machine without a check is ready when its process runs, and not before", async () => {
    const client = await clientOf("Machine");
    const { healthPath: _, ...given } = api;
    await client.create(given);
    expect(machineNamed(String(api["name"])).state).toBe("started");
  });

  test("a machine that the proxy has suspended is as it should be", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    machineNamed(String(api["name"])).state = "suspended";
    const index = server().calls.length;
    await client.update(id, properties, api);
    expect(callsSince(index).filter(isChange)).toEqual([]);
  });

  test("a machine whose process ends by itself fails with its code, and does not count as stopped", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const found = machineNamed(String(api["name"]));
    found.state = "stopped";
    found.events.unshift({
      type: "exit",
      request: { exit_event: { exit_code: 137, requested_stop: false } },
    });
    await expect(client.update(id, properties, api)).rejects.toThrow(
      /has failed: its process ended with code 137; see fly logs --machine \w+/,
    );
  });

  test("a worker that an autoscaler has stopped is rolled, since it would not start one that was only prepared", async () => {
    const client = await clientOf("Machine");
    const worker = {
      app,
      name: "worker",
      region: "fra",
      image: image("a"),
      size: "shared-cpu-1x",
      memory: 256,
    };
    const { id, properties } = await client.create(worker);
    const path = `${server().url}/v1/apps/${id.replace("/", "/machines/")}`;
    const headers = { authorization: `Bearer ${credentials.token}` };
    await fetch(`${path}/stop`, { method: "POST", headers });
    expect((await client.read(id, properties, worker)).inputs).toEqual(worker);
    const news = { ...worker, image: image("b") };
    await client.update(id, properties, news);
    expect(machineNamed("worker")).toMatchObject({ state: "started", config: { image: image("b") } });
    await fetch(`${path}/stop`, { method: "POST", headers });
    await fetch(`${path}/start`, { method: "POST", headers });
    expect((await client.read(id, properties, news)).inputs).toEqual(news);
  });

  test("is removed after its process had time to end", async () => {
    const client = await clientOf("Machine");
    const { id, properties } = await client.create(api);
    const index = server().calls.length;
    await client.delete(id, properties);
    expect(callsSince(index)).toEqual(["POST /cordon", "POST /stop", "GET /wait", "DELETE "]);
  });
});
