/** Upstash's Developer API (https://github.com/upstash/docs, devops/developer-api/openapi.yml, read 2026-11-26). */
import { z } from "zod";
import {
  deletionProtection,
  fixed,
  get,
  kind,
  type Request,
  search,
  secret,
  vendor,
} from "../vendor/kind.ts";

/** What is used of the answer to a question for a database. */
interface Database {
  readonly database_id: string;
  readonly database_name: string;
  readonly primary_region: string;
  /** `paid` and `pro` are any of the fixed plans. */
  readonly type: "free" | "payg" | "pro" | "paid";
  readonly state: "active" | "suspended" | "passive";
  /** What it is changing to, empty when it is not. */
  readonly modifying_state?: string;
  /** A name below upstash.io, or the whole host name. */
  readonly endpoint: string;
  readonly port: number;
  readonly password: string;
  readonly eviction: boolean;
}

const regions = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ca-central-1",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "sa-east-1",
  "ap-south-1",
  "ap-northeast-1",
  "ap-southeast-1",
] as const;
const plans = ["free", "payg", "fixed_250mb", "fixed_1gb", "fixed_5gb", "fixed_10gb", "fixed_50gb"] as const;

const post = (path: string, body?: unknown): Request => ({ method: "POST", path, body });
/** A switch, or a choice, that can be said again. */
const setting = (path: string, body?: unknown): Request => ({ ...post(path, body), isRepeatable: true });
const evictionOf = (id: string, isOn: boolean) =>
  setting(`/v2/redis/${isOn ? "enable" : "disable"}-eviction/${id}`);

const redis = kind({
  description: "A Redis database in one region, at AWS, reached by TLS.",
  isStateful: true,
  inputs: z.strictObject({
    name: fixed(z.string().min(1)).describe("Its name in the account. A change replaces it."),
    region: fixed(z.enum(regions, { error: `must be one of ${regions.join(", ")}` })).describe(
      "Where it is. A change replaces it.",
    ),
    plan: z
      .enum(plans, { error: `must be one of ${plans.join(", ")}` })
      .default("payg")
      .describe("What it costs and holds: payg is billed by command. Default payg."),
    eviction: z
      .boolean({ error: "must be true or false" })
      .default(false)
      .describe("Whether it drops old keys when it is full, which a queue does not survive. Default false."),
    deletionProtection,
  }),
  outputs: z.object({
    host: z.string().describe("Host name of its endpoint."),
    port: z.number().describe("Port of its endpoint."),
    password: secret(z.string()).describe("Password of the account default."),
  }),
  find: ({ name }) =>
    search(
      get<readonly Database[]>("/v2/redis/databases"),
      (all) => all.find(({ database_name }) => database_name === name)?.database_id,
    ),
  create: ({ name, region, plan, eviction }): Request<Database> => ({
    method: "POST",
    path: "/v2/redis/database",
    body: { database_name: name, platform: "aws", primary_region: region, plan, eviction, tls: true },
  }),
  created: ({ database_id }) => ({ id: database_id }),
  apply(id, { plan, eviction }, old) {
    return [
      ...(plan === old.plan ? [] : [setting(`/v2/redis/change-plan/${id}`, { plan_name: plan })]),
      ...(eviction === old.eviction ? [] : [evictionOf(id, eviction)]),
    ];
  },
  read: (id) => ({ database: get<Database>(`/v2/redis/database/${id}`) }),
  progress({ database: { state, modifying_state } }) {
    if (state === "suspended") return { failed: "it is suspended; see its page at console.upstash.com" };
    return state === "active" && !modifying_state ? "ready" : { pending: modifying_state || state };
  },
  tell: ({ database }) => ({
    inputs: {
      name: database.database_name,
      region: database.primary_region as (typeof regions)[number],
      eviction: database.eviction,
      ...((database.type === "free" || database.type === "payg") && { plan: database.type }),
    },
    outputs: {
      host: database.endpoint.includes(".") ? database.endpoint : `${database.endpoint}.upstash.io`,
      port: database.port,
      password: database.password,
    },
  }),
  remove: (id) => [{ method: "DELETE", path: `/v2/redis/database/${id}` }],
});

export const upstash = vendor({
  title: "Upstash",
  origin: "https://api.upstash.com",
  credentials: z.object({ email: z.string(), apiKey: z.string() }),
  headers: ({ email, apiKey }) => ({
    authorization: `Basic ${Buffer.from(`${email}:${apiKey}`).toString("base64")}`,
  }),
  messageIn: (body) => (typeof body === "string" ? body : undefined),
  advice: ({ status }) =>
    status === 401 || status === 403
      ? "Make a key at https://console.upstash.com/account/api, and set testfarm:upstashApiKey with the account's e-mail address, testfarm:accounts.upstash"
      : undefined,
  kinds: { Redis: redis },
});
