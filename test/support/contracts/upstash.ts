import { randomUUID } from "node:crypto";
import { type Contract, flag, integer, listOf, object, oneOf, type Schema, text } from "./contract.ts";
import { type ContractServer, startContractServer } from "./server.ts";

export const credentials = { email: "owner@farm.test", apiKey: "canary-key-of-upstash" };

const words = (list: string): string[] => list.trim().split(/\s+/);
const regions = oneOf(
  ...words(`
    us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 sa-east-1 ap-south-1
    ap-northeast-1 ap-southeast-1 us-central-1 us-east4
  `),
);
const plans = oneOf(
  ...words("free payg fixed_250mb fixed_1gb fixed_5gb fixed_10gb fixed_50gb fixed_100gb fixed_500gb"),
);

/** `password` is of the page "Get Database", which the schema leaves out. */
const database: Schema = object(
  {
    database_id: text,
    database_name: text,
    region: oneOf("global"),
    primary_region: text,
    port: integer,
    creation_time: integer,
    state: oneOf("active", "suspended", "passive"),
    modifying_state: text,
    endpoint: text,
    type: oneOf("free", "payg", "pro", "paid"),
    tls: flag,
    eviction: flag,
    password: text,
  },
  ["database_id", "password"],
);
const ok = { type: "string", const: "OK" };

const contract: Contract = {
  source: "https://github.com/upstash/docs/blob/main/devops/developer-api/openapi.yml",
  readAt: "2026-11-26",
  operations: [
    { method: "GET", path: "/v2/redis/databases", answer: listOf(database) },
    {
      method: "POST",
      path: "/v2/redis/database",
      body: object(
        {
          database_name: text,
          platform: oneOf("aws", "gcp"),
          primary_region: regions,
          read_regions: listOf(regions),
          plan: plans,
          budget: integer,
          eviction: flag,
          tls: flag,
        },
        ["database_name", "platform", "primary_region"],
      ),
      answer: database,
    },
    { method: "GET", path: "/v2/redis/database/{id}", answer: database },
    { method: "DELETE", path: "/v2/redis/database/{id}", answer: ok },
    { method: "POST", path: "/v2/redis/enable-eviction/{id}", answer: ok },
    { method: "POST", path: "/v2/redis/disable-eviction/{id}", answer: ok },
    {
      method: "POST",
      path: "/v2/redis/change-plan/{id}",
      body: object({ database_id: text, plan_name: plans, auto_upgrade: flag, prod_pack_enabled: flag }, [
        "plan_name",
      ]),
      answer: ok,
    },
  ],
};

export interface UpstashDatabase {
  database_name: string;
  primary_region: string;
  plan: string;
  eviction: boolean;
  /** Looks until it is ready. */
  pending: number;
}

interface Created {
  readonly database_name: string;
  readonly primary_region: string;
  readonly plan?: string;
  readonly eviction?: boolean;
}

/** @param address of the Redis that every database stands for: `{ host, port, password }`. Default: none. */
export async function startUpstash(
  address = { endpoint: "eu1-calm-mole-1", port: 6379, password: "canary-password-of-redis" },
): Promise<ContractServer & { readonly databases: Map<string, UpstashDatabase> }> {
  const databases = new Map<string, UpstashDatabase>();
  const missing = { status: 404, body: "database not found" };
  const shown = (
    key: string,
    { database_name, primary_region, plan, eviction, pending }: UpstashDatabase,
  ) => ({
    database_id: key,
    database_name,
    region: "global",
    primary_region,
    state: "active",
    modifying_state: pending > 0 ? "creating" : "",
    type: plan.startsWith("fixed") ? "paid" : plan,
    tls: true,
    eviction,
    creation_time: 1_752_649_602,
    ...address,
  });
  const change = (key: string, values: Partial<UpstashDatabase>) => {
    const found = databases.get(key);
    if (found === undefined) return missing;
    Object.assign(found, values, { pending: 1 });
    return { body: "OK" };
  };
  const server = await startContractServer({
    contract,
    refusal({ authorization = "" }) {
      const given = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
      return given === `${credentials.email}:${credentials.apiKey}`
        ? undefined
        : { status: 401, body: `Unauthorized: ${given}` };
    },
    malformed: (problem) => ({ status: 400, body: problem }),
    behaviour: {
      "GET /v2/redis/databases": () => ({ body: [...databases].map(([key, each]) => shown(key, each)) }),
      "POST /v2/redis/database"({ body }) {
        const { database_name, primary_region, plan = "payg", eviction = false } = body as Created;
        if ([...databases.values()].some((each) => each.database_name === database_name))
          return { status: 400, body: `database name ${database_name} is taken` };
        const key = randomUUID();
        databases.set(key, { database_name, primary_region, plan, eviction, pending: 2 });
        return { body: shown(key, databases.get(key)!) };
      },
      "GET /v2/redis/database/{id}"({ params }) {
        const found = databases.get(params["id"]!);
        if (found === undefined) return missing;
        const body = shown(params["id"]!, found);
        found.pending--;
        return { body };
      },
      "DELETE /v2/redis/database/{id}": ({ params }) =>
        databases.delete(params["id"]!) ? { body: "OK" } : missing,
      "POST /v2/redis/enable-eviction/{id}": ({ params }) => change(params["id"]!, { eviction: true }),
      "POST /v2/redis/disable-eviction/{id}": ({ params }) => change(params["id"]!, { eviction: false }),
      "POST /v2/redis/change-plan/{id}": ({ params, body }) =>
        change(params["id"]!, { plan: (body as { readonly plan_name: string }).plan_name }),
    },
  });
  return { ...server, databases };
}
