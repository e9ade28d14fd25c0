import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
  record,
  Secret,
  Unknown,
  type RecordedResource,
  type Recording,
  type RecordOptions,
  type Value,
} from "../../../infra/plan/record.ts";

/** A resource of a vendor that needs no SDK: every input, and an output `made` that only the provider tells. */
class Thing extends pulumi.CustomResource {
  declare readonly made: pulumi.Output<string>;
  declare readonly size: pulumi.Output<number>;
  constructor(name: string, inputs: pulumi.Inputs = {}, options?: pulumi.CustomResourceOptions) {
    super("shop:index:Thing", name, { made: undefined, size: undefined, ...inputs }, options);
  }
}

class Group extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super("shop:index:Group", name, {}, options);
    this.registerOutputs();
  }
}

class Vendor extends pulumi.ProviderResource {
  constructor(name: string) {
    super("shop", name, {});
  }
}

type Program = Parameters<typeof record>[0];
const start = (program: Program, options: Partial<RecordOptions> = {}): Promise<Recording> =>
  record(program, { project: "shop", stack: "dev", ...options });
/** As if after `pulumi up`. */
const afterUp: Partial<RecordOptions> = { preview: false };

function named({ resources }: Recording, name: string): RecordedResource {
  const found = resources.find((resource) => resource.name === name);
  if (!found) throw new Error(`no ${name} among ${resources.map((resource) => resource.name).join(", ")}`);
  return found;
}
const reveal = (value: Value | undefined): unknown => (value instanceof Secret ? value.reveal() : value);

describe("a secret", () => {
  test("prints, serialises and inspects as a mark, and gives its content to tests alone", () => {
    const secret = new Secret("canary");
    expect(secret.reveal()).toBe("canary");
    for (const text of [`${secret}`, JSON.stringify({ secret }), inspect(secret, { showHidden: true })]) {
      expect(text).not.toContain("canary");
    }
    expect(JSON.stringify([secret, new Unknown()])).toBe('["[secret]","[known after up]"]');
    expect(`${secret} ${new Unknown()}`).toBe("[secret] [known after up]");
  });

  test("stays one in an input, in a list and in a mapping, while its neighbours stay in clear", async () => {
    const secret = pulumi.secret("canary");
    const recording = await start(async () => {
      new Thing("thing", {
        plain: "a",
        password: secret,
        list: ["a", secret],
        deep: { clear: "b", hidden: secret },
      });
    });
    const { plain, password, list, deep } = named(recording, "thing").inputs;
    expect(plain).toBe("a");
    expect(reveal(password)).toBe("canary");
    // The engine marks the smallest value that it can: the element, not the list.
    expect(JSON.stringify({ list, deep })).toBe(
      '{"list":["a","[secret]"],"deep":{"clear":"b","hidden":"[secret]"}}',
    );
  });

  test("makes a secret of every text that it goes into", async () => {
    const recording = await start(async () => {
      new Thing("thing", { url: pulumi.interpolate`redis://:${pulumi.secret("canary")}@cache` });
    });
    expect(named(recording, "thing").inputs["url"]).toBeInstanceOf(Secret);
  });

  test("is what a resource declares as one, when another takes it", async () => {
    const recording = await start(
      async () => {
        const source = new Thing("source", {}, { additionalSecretOutputs: ["made"] });
        new Thing("user", { password: source.made });
      },
      { ...afterUp, respond: () => ({ state: { made: "canary" } }) },
    );
    expect(reveal(named(recording, "user").inputs["password"])).toBe("canary");
    expect(named(recording, "user").inputs["password"]).toBeInstanceOf(Secret);
  });

  test("is an output that is secret, even when its content is not known yet", async () => {
    const { outputs } = await start(async () => {
      const source = new Thing("source", {}, { additionalSecretOutputs: ["made"] });
      return { secret: source.made, known: pulumi.secret("canary"), open: new Thing("other").made };
    });
    expect(outputs["secret"]).toBeInstanceOf(Secret);
    expect(reveal(outputs["known"])).toBe("canary");
    expect(outputs["open"]).toBeInstanceOf(Unknown);
  });

  test("of the configuration reaches the program as one", async () => {
    const { outputs } = await start(
      async () => {
        const config = new pulumi.Config();
        return { port: config.requireNumber("port"), key: config.requireSecret("key") };
      },
      { config: { "shop:port": "80", "shop:key": "canary" }, secretKeys: ["shop:key"] },
    );
    expect(outputs["port"]).toBe(80);
    expect(reveal(outputs["key"])).toBe("canary");
    expect(JSON.stringify(outputs)).not.toContain("canary");
  });
});

const handsOn = async () => {
  const source = new Thing("source", { size: 3 });
  new Thing("user", { from: source.id, made: source.made, size: source.size });
  return { id: source.id };
};

describe("what only a provider can tell", () => {
  test("is unknown in a preview, and the inputs are known", async () => {
    const recording = await start(handsOn);
    const { from, made, size } = named(recording, "user").inputs;
    expect([from, made, size]).toEqual([new Unknown(), new Unknown(), 3]);
    expect(recording.outputs["id"]).toBeInstanceOf(Unknown);
  });

  test("is afterwards what the provider answers", async () => {
    const seen: string[] = [];
    const recording = await start(handsOn, {
      ...afterUp,
      respond: ({ type, name, inputs }) => {
        seen.push(`${type} ${name} ${JSON.stringify(inputs)}`);
        return name === "source" ? { id: "4711", state: { made: "yes" } } : {};
      },
    });
    expect(named(recording, "user").inputs).toEqual({ from: "4711", made: "yes", size: 3 });
    expect(recording.outputs).toEqual({ id: "4711" });
    expect(seen[0]).toBe('shop:index:Thing source {"size":3}');
  });

  test("is an id made of the name, where nobody answers", async () => {
    expect((await start(handsOn, afterUp)).outputs).toEqual({ id: "source-id" });
  });
});

describe("a resource", () => {
  test("has the options that decide over its life", async () => {
    const recording = await start(async () => {
      const provider = new Vendor("vendor");
      const first = new Thing("first", {}, { provider });
      new Thing(
        "kept",
        {},
        {
          protect: true,
          retainOnDelete: true,
          deleteBeforeReplace: false,
          ignoreChanges: ["size"],
          replacementTrigger: "1",
          dependsOn: [first],
        },
      );
    });
    expect(named(recording, "kept")).toMatchObject({
      type: "shop:index:Thing",
      custom: true,
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: false,
      ignoreChanges: ["size"],
      replacementTrigger: "1",
      dependsOn: ["shop:index:Thing::first"],
    });
    const first = named(recording, "first");
    expect(first).toMatchObject({ protect: false, retainOnDelete: false, ignoreChanges: [], dependsOn: [] });
    expect(first.deleteBeforeReplace).toBeUndefined();
    expect(first).not.toHaveProperty("replacementTrigger");
    expect(first.provider).toBe("pulumi:providers:shop::vendor");
    expect(named(recording, "kept").provider).toBeUndefined();
  });

  test("knows its parent, and inherits its protection", async () => {
    const recording = await start(async () => {
      const parent = new Group("group", { protect: true });
      new Thing("child", {}, { parent });
    });
    const [stack] = recording.resources;
    expect(stack).toMatchObject({ key: "pulumi:pulumi:Stack", name: "shop-dev", custom: false });
    expect(stack?.parent).toBeUndefined();
    expect(named(recording, "group")).toMatchObject({ parent: stack?.key, custom: false });
    expect(named(recording, "child")).toMatchObject({ parent: "shop:index:Group::group", protect: true });
  });

  test("is kept apart from one of its type and name under another parent", async () => {
    const recording = await start(async () => {
      for (const name of ["a", "b"]) {
        const thing = new Thing("same", { size: 1 }, { parent: new Group(name) });
        new Thing(`of-${name}`, { from: thing.id });
      }
    });
    const keys = recording.resources.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(named(recording, "of-b").dataFlow).toEqual({
      from: ["shop:index:Group::b/shop:index:Thing::same"],
    });
  });

  test("tells for each input whose output it carries", async () => {
    const recording = await start(async () => {
      const [a, b] = [new Thing("a"), new Thing("b")];
      new Thing("c", { both: pulumi.interpolate`${a.made}/${b.made}`, one: a.id, none: "x" });
    });
    const [a, b] = ["shop:index:Thing::a", "shop:index:Thing::b"];
    expect(named(recording, "c").dataFlow).toEqual({ both: [a, b], one: [a] });
    expect(named(recording, "c").dependsOn.toSorted()).toEqual([a, b]);
  });
});

test("an input that is left out, null or a resource arrives as the engine would receive it", async () => {
  const recording = await start(async () => {
    const inputs = {
      absent: undefined,
      nothing: null,
      flag: false,
      zero: 0,
      list: [],
      other: new Group("group"),
    };
    new Thing("thing", inputs);
  });
  expect(named(recording, "thing").inputs).toEqual({
    nothing: null,
    flag: false,
    zero: 0,
    list: [],
    other: { urn: expect.stringContaining("::group") as string },
  });
});

test("the stack's outputs are in the order of their names", async () => {
  const { outputs } = await start(async () => ({ b: 1, a: { z: 1 }, c: pulumi.output("x") }));
  expect(Object.entries(outputs)).toEqual([
    ["a", { z: 1 }],
    ["b", 1],
    ["c", "x"],
  ]);
});

const asksForZone = async () => ({
  zone: pulumi.output(pulumi.runtime.invoke("shop:index:zone", { name: "x" })),
});

test("a provider's function gives its arguments back", async () => {
  expect((await start(asksForZone)).outputs).toEqual({ zone: { name: "x" } });
});

test("a provider's function gives what the caller says", async () => {
  const { outputs } = await start(asksForZone, {
    call: ({ token, inputs }) => ({ token, id: `${inputs["name"]}-1` }),
  });
  expect(outputs).toEqual({ zone: { token: "shop:index:zone", id: "x-1" } });
});

const tellsWhere = async () => ({
  where: `${pulumi.getProject()}/${pulumi.getStack()}`,
  preview: pulumi.runtime.isDryRun(),
});

test("the program is told its project, its stack and whether it is a preview", async () => {
  expect((await start(tellsWhere)).outputs).toEqual({ where: "shop/dev", preview: true });
  expect((await start(tellsWhere, { ...afterUp, stack: "prod" })).outputs).toEqual({
    where: "shop/prod",
    preview: false,
  });
});

describe("an error of the program", () => {
  const boom = new Error("boom");

  test.each<readonly [string, Program]>([
    ["a rejection", () => Promise.reject(boom)],
    [
      "a throw",
      () => {
        throw boom;
      },
    ],
    [
      "a throw after a resource",
      async () => {
        new Thing("thing");
        throw boom;
      },
    ],
  ])("comes out as it is: %s", async (_, program) => {
    await expect(start(program)).rejects.toBe(boom);
  });

  test("leaves nothing behind for the next recording", async () => {
    const failing = async () => {
      new Thing("old");
      throw boom;
    };
    await expect(start(failing, { config: { "shop:port": "80" } })).rejects.toBe(boom);
    const { resources, outputs } = await start(async () => {
      new Thing("new");
      return { port: new pulumi.Config().get("port") ?? "none" };
    });
    expect(resources.map(({ name }) => name)).toEqual(["shop-dev", "new"]);
    expect(outputs).toEqual({ port: "none" });
  });
});
