import { z } from "zod";
import { deletionProtection, get, kind, type Request, secret } from "../../vendor/kind.ts";
import {
  type AllowedBlock,
  blocksOf,
  byName,
  type DatabaseStatus,
  differing,
  ipAllowList,
  isEmpty,
  listOf,
  name,
  ownerId,
  progressOf,
  region,
  type Region,
} from "./common.ts";

const plans = ["free", "starter", "standard", "pro", "pro_plus"] as const;
const policies = [
  "noeviction",
  "allkeys_lfu",
  "allkeys_lru",
  "allkeys_random",
  "volatile_lfu",
  "volatile_lru",
  "volatile_random",
  "volatile_ttl",
] as const;

/** What is used of the answer to a question for a store. */
interface Store {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string };
  readonly region: Region;
  readonly plan: (typeof plans)[number];
  readonly options: { readonly maxmemoryPolicy?: (typeof policies)[number] };
  readonly ipAllowList: readonly AllowedBlock[] | null;
  readonly status: DatabaseStatus;
}

interface Connection {
  readonly internalConnectionString: string;
  readonly externalConnectionString: string;
}

const inputs = z.strictObject({
  name,
  ownerId,
  region,
  plan: z
    .enum(plans, { error: `must be one of ${plans.join(", ")}` })
    .default("starter")
    .describe("Its memory; free keeps nothing on a disk. Default starter."),
  maxmemoryPolicy: z
    .enum(policies, { error: `must be one of ${policies.join(", ")}` })
    .default("noeviction")
    .describe("What it drops when it is full. Default noeviction: a queue survives nothing else."),
  ipAllowList,
  deletionProtection,
});

const settingsOf = ({ plan, maxmemoryPolicy, ipAllowList: list }: Partial<z.output<typeof inputs>>) => ({
  plan,
  maxmemoryPolicy,
  ipAllowList: list && blocksOf(list),
});

export const keyValue = kind({
  description: "A Valkey store in one region, which speaks Redis.",
  isStateful: true,
  inputs,
  outputs: z.object({
    url: secret(z.string()).describe("Its address in the private network of its region: redis://."),
    externalUrl: secret(z.string()).describe("Its address elsewhere, with TLS and password: rediss://."),
  }),
  find: (given) => byName("/v1/key-value", "keyValue", given),
  create: (given): Request<{ readonly id: string }> => ({
    method: "POST",
    path: "/v1/key-value",
    body: { name: given.name, ownerId: given.ownerId, region: given.region, ...settingsOf(given) },
  }),
  created: ({ id }) => ({ id }),
  apply(id, now, old) {
    const body = differing(settingsOf(now), settingsOf(old));
    return isEmpty(body) ? [] : [{ method: "PATCH", path: `/v1/key-value/${id}`, body }];
  },
  read: (id) => ({
    store: get<Store>(`/v1/key-value/${id}`),
    connection: get<Connection>(`/v1/key-value/${id}/connection-info`),
  }),
  progress: ({ store: { status, id } }) => progressOf(status, id),
  tell: ({ store, connection }) => ({
    inputs: {
      name: store.name,
      ownerId: store.owner.id,
      region: store.region,
      plan: store.plan,
      ...(store.options.maxmemoryPolicy && { maxmemoryPolicy: store.options.maxmemoryPolicy }),
      ipAllowList: listOf(store.ipAllowList),
    },
    outputs: {
      url: connection.internalConnectionString,
      externalUrl: connection.externalConnectionString,
    },
  }),
  remove: (id) => [{ method: "DELETE", path: `/v1/key-value/${id}` }],
});
