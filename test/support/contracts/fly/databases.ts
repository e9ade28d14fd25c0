/** Managed Postgres. */
import { randomUUID } from "node:crypto";
import { flag, integer, listOf, object, oneOf, type Operation, type Schema, text } from "../contract.ts";
import type { Behaviour, Call, Reply } from "../server.ts";

const plan = oneOf("basic", "starter", "launch", "scale", "Performance");
const version = oneOf("16", "17");
const disk: Schema = { type: "integer", minimum: 10, maximum: 1000 };
const summary = {
  id: text,
  name: text,
  region: text,
  plan,
  status: oneOf("creating", "initializing", "ready", "deleting", "deleted", "failed"),
};
const endpoint = object({ host: text, port: integer });
const details = object(
  {
    ...summary,
    disk_size_gb: disk,
    pg_major_version: version,
    replicas: integer,
    organization: object({ name: text, slug: text }),
    endpoints: object({ primary: object({ direct: endpoint, pooler: endpoint }) }),
  },
  ["id", "name", "region", "plan", "status", "organization", "pg_major_version"],
);
const role = oneOf("schema_admin", "writer", "reader");
const user = object({ username: text, role }, ["username", "role"]);
const dataOf = (schema: Schema) => object({ data: schema }, ["data"]);

const at = "/v1/postgres/{cluster}";
export const operations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v1/postgres",
    query: object({ org_slug: text, include_deleted: oneOf("true", "false") }, ["org_slug"]),
    answer: dataOf(listOf(object(summary, ["id", "name", "status"]))),
  },
  {
    method: "POST",
    path: "/v1/postgres",
    body: object(
      {
        org_slug: text,
        name: text,
        region: text,
        plan,
        disk_size_gb: disk,
        pg_major_version: version,
        pool_mode: oneOf("session", "transaction"),
        postgis_enabled: flag,
      },
      ["org_slug", "plan", "region"],
    ),
    answer: dataOf(details),
  },
  { method: "GET", path: at, answer: dataOf(details) },
  { method: "DELETE", path: at },
  { method: "GET", path: `${at}/users`, answer: dataOf(listOf(user)) },
  { method: "POST", path: `${at}/users`, body: user, answer: dataOf(user) },
  { method: "PATCH", path: `${at}/users/{user}`, body: object({ role }, ["role"]) },
  { method: "DELETE", path: `${at}/users/{user}` },
  {
    method: "GET",
    path: `${at}/users/{user}/credentials`,
    answer: dataOf(object({ username: text, password: text }, ["username", "password"])),
  },
];

export interface FlyCluster {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly org_slug: string;
  readonly pg_major_version: string;
  readonly pool_mode: string;
  readonly disk_size_gb: number;
  plan: string;
  status: string;
  users: Map<string, string>;
  /** How often it is looked at before it is ready. */
  pending: number;
}

export const newCluster = (given: Omit<FlyCluster, "status" | "users" | "pending">): FlyCluster => ({
  ...given,
  status: "creating",
  users: new Map([["fly-user", "schema_admin"]]),
  pending: 2,
});

/** Of the PostgreSQL that every cluster stands for. */
export interface FlyPostgres {
  readonly direct: { readonly host: string; readonly port: number };
  readonly pooler: { readonly host: string; readonly port: number };
  readonly password: string;
}

const missing = (what: string): Reply => ({ status: 404, body: { error: `${what} not found` } });
const nothing: Reply = { status: 204 };
const shownSummary = ({ id, name, region, plan: size, status }: FlyCluster) => ({
  id,
  name,
  region,
  plan: size,
  status,
});

export function databaseBehaviour(
  clusters: Map<string, FlyCluster>,
  { direct, pooler, password }: FlyPostgres,
): Behaviour {
  const shown = (cluster: FlyCluster) => ({
    data: {
      ...shownSummary(cluster),
      disk_size_gb: cluster.disk_size_gb,
      pg_major_version: cluster.pg_major_version,
      organization: { name: "Farm", slug: cluster.org_slug },
      ...(cluster.status === "ready" && { endpoints: { primary: { direct, pooler } } }),
    },
  });
  const onCluster = (act: (cluster: FlyCluster, call: Call) => Reply) => (call: Call) => {
    const cluster = clusters.get(call.params["cluster"]!);
    return cluster === undefined ? missing("Cluster") : act(cluster, call);
  };
  const onUser = (act: (name: string, cluster: FlyCluster, call: Call) => Reply) =>
    onCluster((cluster, call) => {
      const name = call.params["user"]!;
      return cluster.users.has(name) ? act(name, cluster, call) : missing("User");
    });
  return {
    "GET /v1/postgres": ({ query }) => ({
      body: {
        data: [...clusters.values()]
          .filter(({ org_slug, status }) => org_slug === query["org_slug"] && status !== "deleted")
          .map(shownSummary),
      },
    }),
    "POST /v1/postgres"({ body }) {
      const cluster = newCluster({ ...(body as FlyCluster), id: randomUUID() });
      clusters.set(cluster.id, cluster);
      return { status: 201, body: shown(cluster) };
    },
    [`GET ${at}`]: onCluster((cluster) => {
      const body = shown(cluster);
      if (cluster.status === "deleting") cluster.status = "deleted";
      else if (cluster.status !== "failed" && cluster.status !== "deleted")
        cluster.status = ["ready", "initializing"][--cluster.pending] ?? "ready";
      return { body };
    }),
    [`DELETE ${at}`]: onCluster((cluster) => {
      if (cluster.status === "deleting" || cluster.status === "deleted")
        return { status: 410, body: { error: "This cluster has been deleted" } };
      cluster.status = "deleting";
      return { status: 202 };
    }),
    [`GET ${at}/users`]: onCluster(({ users }) => ({
      body: { data: [...users].map(([username, has]) => ({ username, role: has })) },
    })),
    [`POST ${at}/users`]: onCluster(({ users }, { body }) => {
      const made = body as { readonly username: string; readonly role: string };
      if (users.has(made.username)) return { status: 409, body: { error: "User already exists" } };
      users.set(made.username, made.role);
      return { status: 201, body: { data: made } };
    }),
    [`PATCH ${at}/users/{user}`]: onUser((name, { users }, { body }) => {
      users.set(name, (body as { readonly role: string }).role);
      return nothing;
    }),
    [`DELETE ${at}/users/{user}`]: onUser((name, { users }) => {
      users.delete(name);
      return nothing;
    }),
    [`GET ${at}/users/{user}/credentials`]: onUser((username) => ({
      body: { data: { username, password } },
    })),
  };
}
