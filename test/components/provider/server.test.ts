import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { secret, unknownMark, type Wire } from "./client.ts";
import { openShop } from "./shop.ts";

type Open = Awaited<ReturnType<typeof openShop>>;
let shop: Open["shop"];
let shelves: Open["shelves"];
let tills: Open["tills"];
let close: Open["close"];
beforeEach(async () => {
  ({ shop, shelves, tills, close } = await openShop());
  await shelves.configure({ token: secret("open-sesame") });
});
afterEach(() => close());

describe("the protocol", () => {
  test("a provider says that it takes secrets and previews, and which version it is", async () => {
    const handshake = await shelves.ask<proto.ProviderHandshakeRequest, proto.ProviderHandshakeResponse>(
      shelves.grpc.handshake,
      new proto.ProviderHandshakeRequest(),
    );
    expect(handshake.getAcceptSecrets()).toBe(true);
    const configured = await shelves.configure({ token: "t" });
    expect([configured.getAcceptsecrets(), configured.getSupportspreview()]).toEqual([true, true]);
    const info = await shelves.ask<emptyProto.Empty, { getVersion(): string }>(
      shelves.grpc.getPluginInfo,
      new emptyProto.Empty(),
    );
    expect(info.getVersion()).toBe("1.2.3");
  });

  test("a provider without a schema answers with its name and version", async () => {
    const schema = await shelves.ask<proto.GetSchemaRequest, proto.GetSchemaResponse>(
      shelves.grpc.getSchema,
      new proto.GetSchemaRequest(),
    );
    expect(JSON.parse(schema.getSchema())).toEqual({ name: "shop", version: "1.2.3" });
  });

  test("an unknown type of resource is named in the error, with the provider", async () => {
    await expect(tills.create({})).rejects.toThrow(
      "Provider shop 1.2.3 has no resource of type shop:index:Till.",
    );
  });

  test("cancel aborts what is running", async () => {
    await shelves.create({ label: "a" });
    expect(shop.signal?.aborted).toBe(false);
    await shelves.ask(shelves.grpc.cancel, new emptyProto.Empty());
    expect(shop.signal?.aborted).toBe(true);
  });

  test("a provider that was not configured refuses to create", async () => {
    const fresh = await openShop();
    await expect(fresh.shelves.create({ label: "a" })).rejects.toThrow(
      "Provider shop was called before it was configured.",
    );
    fresh.close();
  });
});

describe("configuration", () => {
  test("its failures name the property", async () => {
    const { failures } = await shelves.checkConfig({});
    expect(failures).toEqual([{ property: "token", reason: "is missing; make one at the till" }]);
  });

  test("a changed token is a change that replaces nothing", async () => {
    expect(await shelves.diffConfig({ token: "a" }, { token: "b" })).toMatchObject({
      changes: ["token"],
      replaces: [],
    });
    expect(await shelves.diffConfig({ token: "a" }, { token: "a" })).toMatchObject({ changes: [] });
  });
});

describe("check", () => {
  test("inputs go back as they came, envelopes included", async () => {
    const inputs: Wire = { label: secret("a"), slots: unknownMark };
    expect(await shelves.check(inputs)).toEqual({ inputs, failures: [] });
  });

  test("a failure shows the value, unless it is secret", async () => {
    expect((await shelves.check({ slots: 12 })).failures).toEqual([
      { property: "slots", reason: "is 12; allowed are up to 9" },
    ]);
    expect((await shelves.check({ slots: secret(12) })).failures).toEqual([
      { property: "slots", reason: "is [secret]; allowed are up to 9" },
    ]);
  });
});

describe("functions", () => {
  test("what was looked up by a secret is secret", async () => {
    expect(await shelves.invoke("shop:index:find", { of: "a" })).toEqual({
      token: "shop:index:find",
      echo: "a",
    });
    expect(await shelves.invoke("shop:index:find", { of: secret("a") })).toMatchObject({ echo: secret("a") });
  });
});
