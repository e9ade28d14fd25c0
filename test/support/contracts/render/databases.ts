import type { Behaviour, Reply } from "../server.ts";

export interface RenderDatabase {
  name: string;
  ownerId: string;
  region: string;
  version: string;
  plan: string;
  diskSizeGB: number;
  enableHighAvailability: boolean;
  ipAllowList: readonly object[];
  /** Looks until it is ready. */
  pending: number;
  /** What it stays at, whatever the looks. */
  status?: string;
}

export interface RenderStore {
  name: string;
  ownerId: string;
  region: string;
  plan: string;
  maxmemoryPolicy: string;
  ipAllowList: readonly object[];
  pending: number;
}

export interface Databases {
  readonly databases: Map<string, RenderDatabase>;
  readonly stores: Map<string, RenderStore>;
}

/** Connection strings: in Render's private network, and elsewhere. */
export type Addresses = Readonly<
  Record<"postgres" | "redis", { readonly internal: string; readonly external: string }>
>;

export const missing = (id: string): Reply => ({ status: 404, body: { message: `not found: ${id}` } });

const time = { createdAt: "2026-11-26T10:00:00Z", updatedAt: "2026-11-26T10:00:00Z" };
const ownedBy = (id: string) => ({ id, name: "Farm", email: "owner@farm.test", type: "team" });
/** As long as nothing is said. */
const everywhere = [{ cidrBlock: "0.0.0.0/0", description: "everywhere" }];
/** No address at all is `null`. */
const listed = (blocks: readonly object[]) => (blocks.length === 0 ? null : blocks);

const shownStore = (id: string, { ownerId, maxmemoryPolicy, pending, ...rest }: RenderStore) => ({
  ...rest,
  ...time,
  id,
  owner: ownedBy(ownerId),
  ipAllowList: listed(rest.ipAllowList),
  options: { maxmemoryPolicy, persistenceMode: "journal_snapshot" },
  status: pending > 0 ? "creating" : "available",
  version: "8.1.4",
});

export function databaseBehaviour({ postgres, redis }: Addresses): {
  readonly behaviour: Behaviour;
  readonly state: Databases;
} {
  const databases: Databases["databases"] = new Map();
  const stores: Databases["stores"] = new Map();
  const { username, password, pathname } = new URL(postgres.external);

  const shownDatabase = (
    id: string,
    { ownerId, enableHighAvailability, pending, status, ...rest }: RenderDatabase,
  ) => ({
    ...rest,
    ...time,
    id,
    owner: ownedBy(ownerId),
    ipAllowList: listed(rest.ipAllowList),
    highAvailabilityEnabled: enableHighAvailability,
    dashboardUrl: `https://dashboard.render.com/d/${id}`,
    databaseName: pathname.slice(1),
    databaseUser: username,
    readReplicas: [],
    role: "primary",
    status: status ?? (pending > 1 ? "unknown" : pending > 0 ? "creating" : "available"),
    suspended: "not_suspended",
    suspenders: [],
    diskAutoscalingEnabled: false,
  });
  return {
    state: { databases, stores },
    behaviour: {
      ...one("/v1/postgres", databases, shownDatabase, "dpg", {
        diskSizeGB: 15,
        enableHighAvailability: false,
        ipAllowList: everywhere,
      }),
      "GET /v1/postgres": ({ query }) => ({
        body: matching(databases, query).map(([id, each]) => ({
          postgres: shownDatabase(id, each),
          cursor: id,
        })),
      }),
      "GET /v1/postgres/{id}/connection-info": ({ params: { id } }) =>
        databases.has(id!)
          ? {
              body: {
                password,
                internalConnectionString: postgres.internal,
                externalConnectionString: postgres.external,
                psqlCommand: `PGPASSWORD=${password} psql`,
              },
            }
          : missing(id!),
      ...one("/v1/key-value", stores, shownStore, "red", {
        maxmemoryPolicy: "allkeys_lru",
        ipAllowList: [],
      }),
      "GET /v1/key-value": ({ query }) => ({
        body: matching(stores, query).map(([id, each]) => ({
          keyValue: { ...shownStore(id, each), dashboardUrl: `https://dashboard.render.com/r/${id}` },
          cursor: id,
        })),
      }),
      "GET /v1/key-value/{id}/connection-info": ({ params: { id } }) =>
        stores.has(id!)
          ? {
              body: {
                internalConnectionString: redis.internal,
                externalConnectionString: redis.external,
                cliCommand: "valkey-cli",
              },
            }
          : missing(id!),
    },
  };
}

const matching = <T extends { name: string; ownerId: string }>(
  all: Map<string, T>,
  { name, ownerId }: Readonly<Record<string, string>>,
) => [...all].filter(([, each]) => each.name === name && each.ownerId === ownerId);

/** What is asked of one of them; its ids are `dpg-1`, `dpg-2`. */
function one<T extends { pending: number }>(
  path: string,
  all: Map<string, T>,
  shown: (id: string, each: T) => object,
  prefix: string,
  initial: Partial<T>,
): Behaviour {
  return {
    [`POST ${path}`]({ body }) {
      const id = `${prefix}-${all.size + 1}`;
      all.set(id, { ...initial, pending: 2, ...(body as object) } as unknown as T);
      return { status: 201, body: shown(id, all.get(id)!) };
    },
    [`GET ${path}/{id}`]({ params: { id } }) {
      const found = all.get(id!);
      if (found === undefined) return missing(id!);
      const body = shown(id!, found);
      found.pending--;
      return { body };
    },
    [`PATCH ${path}/{id}`]({ params: { id }, body }) {
      const found = all.get(id!);
      if (found === undefined) return missing(id!);
      Object.assign(found, body, { pending: 1 });
      return { body: shown(id!, found) };
    },
    [`DELETE ${path}/{id}`]: ({ params: { id } }) => (all.delete(id!) ? { status: 204 } : missing(id!)),
  };
}
