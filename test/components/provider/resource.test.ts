import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InitFailed } from "../../../components/provider/contract.ts";
import { partialFailure, secret, unknownMark } from "./client.ts";
import { openShop } from "./shop.ts";

type Open = Awaited<ReturnType<typeof openShop>>;
let shop: Open["shop"];
let shelves: Open["shelves"];
let stamps: Open["stamps"];
let close: Open["close"];
beforeEach(async () => {
  ({ shop, shelves, stamps, close } = await openShop());
  await shelves.configure({ token: secret("open-sesame") });
});
afterEach(() => close());

describe("create", () => {
  test("functions get plain values, the state gets what is secret in envelopes", async () => {
    const { id, properties } = await shelves.create({
      label: secret("a"),
      owner: { token: secret("s3cret") },
    });
    expect(shop.calls).toEqual([
      ["create", { label: "a", owner: { token: "s3cret" } }, "open-sesame", "main"],
    ]);
    expect(id).toBe("shelf-1");
    expect(properties).toEqual({
      label: secret("a"),
      owner: secret({ token: "s3cret" }),
      url: "/a",
      key: secret("k1"),
    });
  });

  test("a preview calls nothing and leaves outputs unknown", async () => {
    const { id, properties } = await shelves.create({ label: "a", slots: unknownMark }, true);
    expect(shop.calls).toEqual([]);
    expect(id).toBe("");
    expect(properties).toEqual({
      label: "a",
      slots: unknownMark,
      url: unknownMark,
      key: secret(unknownMark),
    });
  });

  test("an output that the inputs give is known in a preview", async () => {
    expect((await stamps.create({ text: "a" }, true)).properties).toEqual({ text: "a", at: unknownMark });
    expect((await stamps.create({}, true)).properties).toEqual({ text: unknownMark, at: unknownMark });
  });

  test("what exists and has failed is told with its id and state, what is secret in envelopes", async () => {
    const made = { id: "shelf-1", outputs: { url: "/a", key: "k1" } };
    shop.problem = new InitFailed("shelf of s3cret stands askew", made);
    const error: unknown = await shelves
      .create({ label: "a", owner: { token: secret("s3cret") } })
      .catch((reason: unknown) => reason);
    const { message, id, properties, reasons } = partialFailure(error);
    expect(message).toBe("shelf of [secret] stands askew");
    expect(reasons).toEqual(["shelf of [secret] stands askew"]);
    expect(id).toBe("shelf-1");
    expect(properties).toEqual({
      label: "a",
      owner: secret({ token: "s3cret" }),
      url: "/a",
      key: secret("k1"),
    });
  });

  test("an error carries its cause and no secret", async () => {
    shop.problem = new Error("shelf refused", { cause: new Error("token open-sesame may not touch s3cret") });
    const failed = shelves.create({ label: secret("s3"), owner: { token: secret("s3cret") } });
    await expect(failed).rejects.toThrow(/: shelf refused: token \[secret\] may not touch \[secret\]$/);
  });
});

describe("diff", () => {
  test("equal inputs are no change, whatever is secret about them", async () => {
    expect(await shelves.diff({ label: secret("a") }, { label: "a" })).toMatchObject({
      changes: [],
      replaces: [],
    });
  });

  test("a change updates in place", async () => {
    expect(await shelves.diff({ label: "a", slots: 1 }, { label: "a" })).toEqual({
      changes: ["slots"],
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  test("a change of an input that is fixed for life replaces", async () => {
    expect(await shelves.diff({ label: "a", slots: 1 }, { label: "b", slots: 2 })).toEqual({
      changes: ["label", "slots"],
      replaces: ["label"],
      deleteBeforeReplace: true,
    });
  });

  test("an input that is not known yet may change", async () => {
    expect(await shelves.diff({ label: "a" }, { label: unknownMark })).toMatchObject({ replaces: ["label"] });
  });

  test("a resource without update is replaced by every change", async () => {
    expect(await stamps.diff({ text: "a" }, { text: "b" })).toMatchObject({ replaces: ["text"] });
  });
});

describe("update", () => {
  const old = { label: "a", url: "/a", key: secret("k1") };

  test("the function gets the old state and its answer is the new one", async () => {
    expect(await shelves.update("shelf-1", old, { label: "a", slots: 2 })).toEqual({
      label: "a",
      slots: 2,
      url: "/a",
      key: secret("k2"),
    });
    expect(shop.calls).toEqual([
      ["update", "shelf-1", { label: "a", slots: 2 }, { label: "a", url: "/a", key: "k1" }],
    ]);
  });

  test("a preview calls nothing and keeps the outputs", async () => {
    expect(await shelves.update("shelf-1", old, { label: "a", slots: 2 }, true)).toEqual({
      ...old,
      slots: 2,
    });
    expect(shop.calls).toEqual([]);
  });
});

describe("read and delete", () => {
  test("a refresh finds what is there, and what was secret stays secret", async () => {
    const inputs = { label: secret("a") };
    const { properties } = await shelves.create(inputs);
    shop.stock.set("shelf-1", { label: "b" });
    expect(await shelves.read("shelf-1", properties, inputs)).toEqual({
      id: "shelf-1",
      inputs: { label: secret("b") },
      properties: { label: secret("b"), url: "/a", key: secret("k1") },
    });
    expect(shop.calls.at(-1)).toEqual([
      "read",
      "shelf-1",
      { label: "a" },
      { label: "a", url: "/a", key: "k1" },
    ]);
  });

  test.each([
    ["state", { label: secret("a") }, { label: "a" }],
    ["inputs", { label: "a" }, { label: secret("a") }],
  ])("a refresh keeps secret what was so in the %s alone", async (_, state, inputs) => {
    shop.stock.set("shelf-1", { label: "b" });
    expect(await shelves.read("shelf-1", state, inputs)).toMatchObject({
      inputs: { label: secret("b") },
      properties: { label: secret("b") },
    });
  });

  test("an import needs only the id", async () => {
    shop.stock.set("shelf-7", { label: "x" });
    expect(await shelves.read("shelf-7", {}, {})).toMatchObject({ id: "shelf-7", inputs: { label: "x" } });
  });

  test("what is gone has no id", async () => {
    expect(await shelves.read("shelf-1", { label: "a" }, { label: "a" })).toMatchObject({ id: "" });
  });

  test("a resource that cannot be read stays as it is, and refuses an import", async () => {
    const known = { text: "a", at: "now" };
    expect(await stamps.read("stamp-1", known, { text: "a" })).toMatchObject({
      id: "stamp-1",
      properties: known,
    });
    await expect(stamps.read("stamp-1", {}, {})).rejects.toThrow("shop:index:Stamp cannot be imported");
  });

  test("a delete gets the state it ends", async () => {
    await shelves.delete("shelf-1", { label: "a", key: secret("k1") });
    expect(shop.calls).toEqual([["delete", "shelf-1", { label: "a", key: "k1" }]]);
  });
});
