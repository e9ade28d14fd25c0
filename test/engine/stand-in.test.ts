import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { secret, unknownMark, type Wire } from "../components/provider/client.ts";
import { behaviours } from "./stand-in/behaviour.ts";
import { providerPackages } from "./stand-in/packages.ts";
import { replacesIn } from "./stand-in/read-replaces.ts";
import { readSdk, type Shape, type Type } from "./stand-in/sdk-types.ts";
import { openWorld } from "./stand-in/world.ts";
import { directory, droplet, start } from "./stand-in-client.ts";

const reasons = async (type: string, inputs: Wire): Promise<string[]> =>
  (await (await start(type)).check(inputs)).failures.map(({ reason }) => reason);

/** Made of others by the SDK itself: no provider hears of it. */
const component = "kubernetes:helm.sh/v3:Chart";

describe("the types of an SDK", () => {
  test.each(providerPackages())("resources of $name can be read", ({ name, directory: root }) => {
    const tokens = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .flatMap(
        (file) => readFileSync(join(root, file), "utf8").match(/(?<=__pulumiType = ')[^']+:[^']+/) ?? [],
      )
      .filter((token) => token !== component);
    // The clouds have thousands, alike as they are generated.
    const step = Math.ceil(tokens.length / 300);
    const sdk = readSdk(name);
    const shapes = tokens
      .filter((_, index) => index % step === 0)
      .flatMap((token) => {
        const types = sdk.resource(token);
        if (!types) throw new Error(`${token} has no types`);
        return [types.inputs, types.outputs];
      });
    expect(shapes.length).toBeGreaterThan(6);
    expect(() => shapes.forEach((shape) => expand(shape, new Set()))).not.toThrow();
  });

  test("a schema says what replaces a server, of which only inputs of its SDK are taken", () => {
    const fixed = { willReplaceOnChanges: true };
    const inputProperties = { image: fixed, userData: fixed, serverType: {}, colour: fixed };
    expect(replacesIn({ resources: { "hcloud:index/server:Server": { inputProperties } } })).toEqual({
      "hcloud:index/server:Server": ["image", "userData"],
    });
  });

  test.each(Object.entries(behaviours))("what replaces %s is an input of it", (token, { replaces = [] }) => {
    const types = readSdk(token.split(":")[0] ?? "").resource(token);
    expect([...(types?.inputs.keys() ?? [])]).toEqual(
      expect.arrayContaining(replaces === "all" ? [] : [...replaces]),
    );
  });
});

describe("inputs", () => {
  const port = { internal: 3001 };
  test.each<[string, string, Wire, string[]]>([
    ["all that is required is enough", "digitalocean:index/droplet:Droplet", droplet, []],
    [
      "a value that is not known yet is taken",
      "digitalocean:index/droplet:Droplet",
      { ...droplet, monitoring: unknownMark },
      [],
    ],
    [
      "a missing one is refused",
      "digitalocean:index/droplet:Droplet",
      { size: "s-2vcpu-4gb" },
      ["image is missing; DropletArgs requires it as string"],
    ],
    [
      "a misspelt one is refused with the nearest",
      "digitalocean:index/droplet:Droplet",
      { ...droplet, regoin: "fra1" },
      ["regoin is not known to DropletArgs; the nearest it knows is region"],
    ],
    [
      "one of the wrong type is refused",
      "digitalocean:index/droplet:Droplet",
      { ...droplet, monitoring: "yes" },
      [`monitoring is "yes"; allowed is boolean`],
    ],
    [
      "a list that is none is refused",
      "digitalocean:index/droplet:Droplet",
      { ...droplet, tags: "a" },
      [`tags is "a"; allowed is string[]`],
    ],
    [
      "an item of a list is checked",
      "docker:index/container:Container",
      { image: "x", ports: [port, { ...port, external: "80" }] },
      [`ports[1].external is "80"; allowed is number`],
    ],
    [
      "an unknown one deep inside is refused",
      "docker:index/container:Container",
      { image: "x", healthcheck: { tests: ["CMD"], retry: 3 } },
      ["healthcheck.retry is not known to ContainerHealthcheck; the nearest it knows is retries"],
    ],
    [
      "a value of a map is checked",
      "random:index/randomPassword:RandomPassword",
      { length: 8, keepers: { a: 1 } },
      ["keepers.a is 1; allowed is string"],
    ],
    [
      "a value outside an enum is refused",
      "command:remote:Command",
      { connection: { host: "h" }, logging: "all" },
      [`logging is "all"; allowed is "stdout" | "stderr" | "stdoutAndStderr" | "none"`],
    ],
    [
      "a secret one is refused without being shown",
      "docker:index/container:Container",
      { image: "x", memory: secret("hunter2") },
      [`memory is "[secret]"; allowed is number`],
    ],
  ])("%s", async (_, type, inputs, expected) => {
    expect(await reasons(type, inputs)).toEqual(expected);
  });

  test("a provider's own, which arrive as JSON, are checked too", async () => {
    const client = await start("docker:index/network:Network");
    const good = { host: "ssh://203.0.113.7", sshOpts: '["-p","22"]', version: "5.2.0" };
    expect((await client.checkConfig(good)).failures).toEqual([]);
    const { failures } = await client.checkConfig({ hots: "ssh://203.0.113.7", sshOpts: '"-p"' });
    expect(failures.map(({ reason }) => reason)).toEqual([
      "hots is not known to ProviderArgs; the nearest it knows is host",
      `sshOpts is "-p"; allowed is string[]`,
    ]);
  });
});

describe("a world", () => {
  test("what is made exists until it is deleted", async () => {
    const client = await start("digitalocean:index/droplet:Droplet", "life");
    const { id, properties } = await client.create(droplet);
    expect(openWorld(join(directory, "life")).things()).toMatchObject([
      { type: "digitalocean:index/droplet:Droplet", id },
    ]);
    expect(await client.read(id, properties, droplet)).toEqual({ id, properties, inputs: droplet });
    await client.delete(id, properties);
    expect(openWorld(join(directory, "life")).things()).toEqual([]);
    expect((await client.read(id, properties, droplet)).id).toBe("");
  });

  test("the same program gets the same ids, and a replacement another one than what it replaces", async () => {
    const client = await start("digitalocean:index/droplet:Droplet", "one");
    const first = await client.create(droplet);
    const second = await client.create(droplet);
    const again = await (await start("digitalocean:index/droplet:Droplet", "two")).create(droplet);
    expect(first.id).toMatch(/^[0-9]{9}$/);
    expect(first).toEqual(again);
    expect(second.id).not.toBe(first.id);
  });

  test("outputs that programs use are there, and an update keeps them", async () => {
    const client = await start("digitalocean:index/droplet:Droplet", "outputs");
    const { id, properties } = await client.create(droplet);
    expect(properties).toMatchObject({
      ...droplet,
      ipv4Address: expect.stringMatching(/^203\.0\.113\.\d+$/),
      dropletUrn: `do:droplet:${id}`,
      name: expect.stringMatching(/^main-/),
    });
    const larger = { ...droplet, size: "s-4vcpu-8gb" };
    expect(await client.update(id, properties, larger)).toEqual({ ...properties, ...larger });
  });

  test("what was made by hand can be read by its id, what a program made only with its state", async () => {
    const client = await start("digitalocean:index/droplet:Droplet", "by-hand");
    openWorld(join(directory, "by-hand")).place(client.type, "407", droplet);
    const { id, properties, inputs } = await client.read("407", {}, {});
    expect({ id, inputs }).toEqual({ id: "407", inputs: droplet });
    expect(properties).toMatchObject({
      ...droplet,
      ipv4Address: expect.stringMatching(/^203\.0\.113\.\d+$/),
    });
    const made = await client.create(droplet);
    await expect(client.read(made.id, {}, {})).rejects.toThrow("only what was made by hand");
  });

  test("an id that is gone is given to nothing else", async () => {
    const client = await start("digitalocean:index/droplet:Droplet", "ids");
    const first = await client.create(droplet);
    await client.delete(first.id, first.properties);
    expect((await client.create(droplet)).id).not.toBe(first.id);
  });

  test("a password is random, of the requested length and kinds", async () => {
    const client = await start("random:index/randomPassword:RandomPassword");
    const asked = { length: 20, special: false, minNumeric: 18 };
    const made = await Promise.all([client.create(asked), client.create(asked)]);
    const [first, second] = made.map(({ properties }) => properties["result"]);
    expect(first).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(String(first).replaceAll(/\D/g, "").length).toBeGreaterThanOrEqual(18);
    expect(first).not.toBe(second);
  });

  test("an image replaces a droplet, a size does not", async () => {
    const client = await start("digitalocean:index/droplet:Droplet");
    const news = { image: "debian-13-x64", size: "s-4vcpu-8gb" };
    expect(await client.diff(droplet, news)).toMatchObject({
      changes: ["image", "size"],
      replaces: ["image"],
    });
  });
});

function expand(shape: Shape, seen: Set<string>): void {
  const walk = (type: Type): void => {
    if (type.kind === "array" || type.kind === "map") walk(type.of);
    if (type.kind === "union") type.of.forEach(walk);
    if (type.kind !== "object" || seen.has(type.name)) return;
    seen.add(type.name);
    expand(type.shape(), seen);
  };
  for (const { type } of shape.values()) walk(type);
}
