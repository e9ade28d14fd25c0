import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { partialFailure } from "../components/provider/client.ts";
import { openWorld } from "./stand-in/world.ts";
import { directory, droplet, start } from "./stand-in-client.ts";

describe("refusals", () => {
  test.each([
    ["digitalocean:index/droplet:Droplet", { ...droplet, region: "mars1" }, /422 region "mars1"/],
    ["digitalocean:index/droplet:Droplet", { ...droplet, size: "small" }, /422 size "small"/],
    ["linode:index/instance:Instance", { region: "es-mad", type: "g6-huge" }, /422 type "g6-huge"/],
  ])("%s is made only of what the vendor has", async (type, inputs, reason) => {
    const client = await start(type, "refusals");
    await expect(client.create(inputs)).rejects.toThrow(reason);
    expect(openWorld(join(directory, "refusals")).things()).toEqual([]);
  });

  test.each([
    [
      "vultr:index/instance:Instance",
      { plan: "vc2-4c-8gb", region: "mad" },
      { plan: "vc2-2c-4gb" },
      /smaller than vc2-4c-8gb/,
    ],
    ["vultr:index/blockStorage:BlockStorage", { region: "mad", sizeGb: 50 }, { sizeGb: 25 }, /cannot shrink/],
  ])("%s grows and never shrinks", async (type, large, smaller, reason) => {
    const client = await start(type, "growing");
    const { id, properties } = await client.create({ ...large, ...smaller });
    const grown = await client.update(id, properties, large);
    await expect(client.update(id, grown, { ...large, ...smaller })).rejects.toThrow(reason);
  });
});

describe("trouble", () => {
  const type = "digitalocean:index/droplet:Droplet";

  test("the call that was asked for is refused once, and makes nothing", async () => {
    const client = await start(type, "refused");
    const world = openWorld(join(directory, "refused"));
    world.expect({ type, call: "create", nth: 2, how: { refused: "503 Service Unavailable" } });
    await client.create(droplet);
    await expect(client.create(droplet)).rejects.toThrow("503 Service Unavailable");
    expect(world.things()).toHaveLength(1);
    await client.create(droplet);
    expect(world.things()).toHaveLength(2);
  });

  test("a change is refused without one of its creations", async () => {
    const client = await start(type, "change");
    const world = openWorld(join(directory, "change"));
    world.expect({ type, call: "update", how: { refused: "422 smaller" } });
    const { id, properties } = await client.create(droplet);
    await expect(client.update(id, properties, droplet)).rejects.toThrow("422 smaller");
  });

  test("a late one is there, and answers, after its time", async () => {
    const client = await start(type, "late");
    const world = openWorld(join(directory, "late"));
    world.expect({ type, call: "create", how: { late: 300 } });
    const begin = performance.now();
    const made = client.create(droplet);
    expect(world.things()).toEqual([]);
    await made;
    expect(performance.now() - begin).toBeGreaterThan(290);
    expect(world.things()).toHaveLength(1);
  });

  test("an incomplete one is there, and its id is told with the error", async () => {
    const client = await start(type, "incomplete");
    const world = openWorld(join(directory, "incomplete"));
    world.expect({ type, call: "create", how: { incomplete: "not active yet" } });
    const error: unknown = await client.create(droplet).catch((reason: unknown) => reason);
    expect(partialFailure(error)).toMatchObject({
      id: world.things()[0]?.id,
      properties: droplet,
      reasons: ["not active yet"],
    });
  });
});
