import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import {
  canariesInClear,
  recordProgram,
  resourceOf,
  Secret,
  Unknown,
  type Recording,
} from "../../../infra/testing/index.ts";

const [thing, other] = ["shop:index:Thing", "shop:index:Other"];

class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs = {}, type = thing) {
    super(type, name, inputs);
  }
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
/** A place in the inputs of the thing `it`. */
const at = (place: string): string => `${thing} it: inputs${place}`;

const empty = async (): Promise<void> => {};

describe("recordProgram", () => {
  test("gives back what a program registered and returned, as after up", async () => {
    const { resources, outputs } = await recordProgram(async () => {
      const source = new Thing("source");
      new Thing("user", { from: source.id });
      return { where: `${pulumi.getProject()}/${pulumi.getStack()}`, preview: pulumi.runtime.isDryRun() };
    });
    expect(resources.map(({ name }) => name)).toEqual(["testfarm-test", "source", "user"]);
    expect(resources[2]?.inputs).toEqual({ from: "source-id" });
    expect(outputs).toEqual({ where: "testfarm/test", preview: false });
  });

  test("takes every option of a recording", async () => {
    const { outputs } = await recordProgram(
      async () => ({ size: new pulumi.Config("shop").get("size"), id: new Thing("source").id }),
      { project: "shop", stack: "prod", preview: true, config: { "shop:size": "3" } },
    );
    expect(outputs).toEqual({ size: "3", id: new Unknown() });
  });

  test("takes a function that makes one component and returns nothing", async () => {
    const { resources, outputs } = await recordProgram(empty);
    expect(resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
    expect(outputs).toEqual({});
  });

  test("throws what the program throws", async () => {
    await expect(recordProgram(() => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
  });
});

describe("resourceOf", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await recordProgram(async () => {
      for (const name of ["a", "b"]) new Thing(name, { is: name });
      new Thing("a", { is: "other" }, other);
    });
  });

  test("finds the only one of a type, and the one of that name", () => {
    expect(resourceOf(recording, other).inputs["is"]).toBe("other");
    expect(resourceOf(recording, thing, "b").inputs["is"]).toBe("b");
  });

  test.each([
    ["more than one", [thing], "expected one shop:index:Thing; recorded of that type: a, b"],
    ["none of that name", [thing, "c"], "expected one shop:index:Thing named c; recorded of that type: a, b"],
    [
      "none of that type",
      ["shop:index:Thin", "a"],
      "expected one shop:index:Thin named a; recorded of that type: none",
    ],
  ] as const)("names what there is when there is %s", (_, [type, name], message) => {
    expect(() => resourceOf(recording, type, name)).toThrow(new Error(message));
  });

  test("does not choose between two of one type and name under different parents", () => {
    const twice = { ...recording, resources: [...recording.resources, ...recording.resources] };
    expect(() => resourceOf(twice, thing, "a")).toThrow("recorded of that type: a, b, a, b");
  });
});

describe("canariesInClear", () => {
  const canary = "canary p@ss/word";
  const found = async (inputs: pulumi.Inputs, canaries = [canary]): Promise<string[]> =>
    canariesInClear(
      await recordProgram(async () => {
        new Thing("it", inputs);
      }),
      canaries,
    );

  test.each([
    ["plain", canary],
    ["within a text", `password=${canary};`],
    ["URL-encoded", `redis://:${encodeURIComponent(canary)}@cache`],
    ["in base64", base64(canary)],
    ["in base64 within a longer text", `data: ${base64(`{"password":"${canary}"}`)}\n`],
    ["URL-encoded within base64", base64(`redis://:${encodeURIComponent(canary)}@cache`)],
  ])("finds one %s", async (_, text) => {
    expect(await found({ value: text })).toEqual([at(".value")]);
  });

  test.each(["key", "canary", "canary-key"])("finds the short one %s in base64", async (short) => {
    expect(await found({ value: base64(short) }, [short])).toEqual([at(".value")]);
  });

  test("finds one in a list, in a mapping, and in the name of a key, and says where", async () => {
    expect(
      await found({ list: ["a", canary], deep: { down: [{ here: canary }] }, labels: { [canary]: "a" } }),
    ).toEqual([at(".deep.down[0].here"), at(".labels, a key"), at(".list[1]")]);
  });

  test("finds every one of several", async () => {
    expect(await found({ a: "first", b: "second", c: "third" }, ["first", "third"])).toEqual([
      at(".a"),
      at(".c"),
    ]);
  });

  test("finds one in a resource's name without telling the name", async () => {
    const recording = await recordProgram(async () => {
      new Thing("for-canary");
    });
    expect(canariesInClear(recording, ["canary"])).toEqual([`${thing}: its name`]);
  });

  test("finds one in the stack's outputs", async () => {
    const recording = await recordProgram(async () => ({
      url: pulumi.output(`x${canary}`),
      map: { a: [canary] },
    }));
    expect(canariesInClear(recording, [canary])).toEqual(["outputs.map.a[0]", "outputs.url"]);
  });

  test("ignores secrets, at any depth, and what is no text", async () => {
    const secret = pulumi.secret(canary);
    const recording = await recordProgram(async () => {
      const url = pulumi.interpolate`redis://:${secret}@cache`;
      new Thing("it", {
        secret,
        url,
        list: [secret],
        deep: { down: secret },
        count: 1,
        flag: true,
        nothing: null,
      });
      return { secret, map: { secret } };
    });
    expect(canariesInClear(recording, [canary])).toEqual([]);
    expect(resourceOf(recording, thing).inputs["secret"]).toEqual(new Secret(canary));
  });

  test("ignores base64 and texts that hold none", async () => {
    expect(await found({ a: base64("nothing to see in here"), b: "harmless", c: "" })).toEqual([]);
  });
});
