/** A provider of a small shop, which the tests of the kit call over gRPC. */
import type { Provider, Resource } from "../../../components/provider/contract.ts";
import { listen } from "../../../components/provider/server.ts";
import { ProviderClient } from "./client.ts";

type ShelfInputs = { label: string; slots?: number; owner?: { token: string } };
type ShelfOutputs = { url: string; key: string };
type Session = { token: string };

/** A shop before anything happened in it. */
interface Shop {
  /** Every call of a function that would reach a vendor, as it arrived. */
  readonly calls: unknown[];
  readonly stock: Map<string, ShelfInputs>;
  /** What `create` fails with. */
  problem?: Error;
  /** The signal of the last `create`. */
  signal?: AbortSignal;
}

const shelfOf = (shop: Shop): Resource<Session, ShelfInputs, ShelfOutputs> => ({
  outputs: ["url", "key"],
  secrets: ["key"],
  replaces: ["label"],
  deleteBeforeReplace: true,
  check: ({ slots }) =>
    typeof slots === "number" && slots > 9
      ? [{ property: "slots", reason: `is ${slots}; allowed are up to 9` }]
      : [],
  async create(inputs, call) {
    shop.calls.push(["create", inputs, call.session.token, call.name]);
    shop.signal = call.signal;
    if (shop.problem) throw shop.problem;
    shop.stock.set("shelf-1", inputs);
    return { id: "shelf-1", outputs: { url: `/${inputs.label}`, key: "k1" } };
  },
  async read(id, { inputs: asked, state }) {
    shop.calls.push(["read", id, asked, state]);
    const inputs = shop.stock.get(id);
    return inputs && { inputs, outputs: { url: state.url ?? `/${inputs.label}`, key: "k1" } };
  },
  async update(id, inputs, old) {
    shop.calls.push(["update", id, inputs, old]);
    return { url: old.url, key: "k2" };
  },
  async delete(id, old) {
    shop.calls.push(["delete", id, old]);
  },
});

/** Has neither a way to change nor one to read. */
const stamp: Resource<Session, { text?: string }, { text: string; at: string }> = {
  outputs: ["text", "at"],
  create: async ({ text = "none" }) => ({ id: "stamp-1", outputs: { text, at: "now" } }),
  delete: async () => {},
};

const providerOf = (types: Readonly<Record<string, Resource<Session>>>): Provider<Session> => ({
  name: "shop",
  version: "1.2.3",
  checkConfig: ({ token }) =>
    token === undefined ? [{ property: "token", reason: "is missing; make one at the till" }] : [],
  configure: ({ token }) => ({ token: String(token) }),
  resource: (type) => types[type],
  invoke: async (token, args) => ({ token, echo: args["of"] }),
});

/** Serves a shop's provider, not configured yet, with a client for each type of resource. */
export async function openShop() {
  const shop: Shop = { calls: [], stock: new Map() };
  const types = { "shop:index:Shelf": shelfOf(shop), "shop:index:Stamp": stamp };
  const { port, close } = await listen(providerOf(types));
  const [shelves, stamps, tills] = ["Shelf", "Stamp", "Till"].map(
    (type) => new ProviderClient(port, `shop:index:${type}`),
  ) as [ProviderClient, ProviderClient, ProviderClient];
  return {
    shop,
    shelves,
    stamps,
    /** There is no such resource. */
    tills,
    close: () => {
      for (const client of [shelves, stamps, tills]) client.grpc.close();
      close();
    },
  };
}
