/** Managed Postgres, and the accounts in it. */
import { z } from "zod";
import { deletionProtection, fixed, get, kind, type Request, search, secret } from "../../vendor/kind.ts";
import { organization, organizationOf } from "./names.ts";
import { postgresRegion } from "./regions.ts";

interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly region: z.output<typeof postgresRegion>;
  readonly plan: "basic" | "starter" | "launch" | "scale" | "Performance";
  readonly status: "creating" | "initializing" | "ready" | "deleting" | "deleted" | "failed";
}
interface Endpoint {
  readonly host: string;
  readonly port: number;
}
interface Details extends Cluster {
  readonly organization: { readonly slug: string };
  readonly pg_major_version: "16" | "17";
  /** There once it is ready. */
  readonly endpoints?: { readonly primary?: { readonly direct?: Endpoint; readonly pooler?: Endpoint } };
}
interface Of<Data> {
  readonly data: Data;
}

const isGone = ({ status }: Partial<Cluster>): boolean => status === "deleting" || status === "deleted";
/** It goes on being told of for a while. */
export const isGoneCluster = (body: unknown): boolean =>
  isGone((body as Partial<Of<Partial<Cluster>>> | undefined)?.data ?? {});

const plans = {
  basic: "basic",
  starter: "starter",
  launch: "launch",
  scale: "scale",
  performance: "Performance",
} as const;
type Plan = keyof typeof plans;
const planNames = Object.keys(plans) as Plan[];
const poolModes = ["session", "transaction"] as const;

/** The account that a cluster comes with. */
const owner = "fly-user";

const userPath = (cluster: string, name: string) => `/v1/postgres/${cluster}/users/${name}`;
const credentialsOf = (cluster: string, name: string) =>
  get<Of<{ readonly password: string }>>(`${userPath(cluster, name)}/credentials`);

const clusterOf = (id: string) => get<Of<Details>>(`/v1/postgres/${id}`);

/** @throws unless somebody has changed it already: the API cannot. */
const checkPlan =
  (plan: Plan) =>
  ({ data }: Of<Details>): readonly [] => {
    if (data.plan === plans[plan]) return [];
    throw new Error(
      `plan of the cluster ${data.id} is ${data.plan.toLowerCase()}, and Fly.io's API cannot change it. Change it to ${plan} on the cluster's page at https://fly.io/dashboard, and run pulumi up again.`,
    );
  };

export const postgres = kind({
  description:
    "A PostgreSQL cluster of Fly.io: a primary, a replica that takes over, a pooler and backups, in one region and in the organization's private network. It comes with the account fly-user and the database fly-db.",
  isStateful: true,
  patience: 1_800,
  inputs: z.strictObject({
    name: fixed(z.string().min(1)).describe("Its name in the organization. A change replaces it."),
    organization: fixed(organization).describe("Slug of the organization. A change replaces it."),
    region: fixed(postgresRegion).describe("Where it is. A change replaces it."),
    version: fixed(z.enum(["16", "17"], { error: "must be 16 or 17" }).default("17")).describe(
      "Major version of PostgreSQL. Default 17. A change replaces it.",
    ),
    plan: z
      .enum(planNames, { error: `must be one of ${planNames.join(", ")}` })
      .default("basic")
      .describe("Its size. Default basic. A change is made on its page at fly.io, and then here."),
    diskGb: z
      .int({ error: "must be a whole number of GB from 10 to 1000" })
      .min(10, { error: "must be 10 GB at least" })
      .max(1_000, { error: "must be 1000 GB at most" })
      .default(10)
      .describe("Size of its disk in GB as it is made; it grows by itself. Default 10."),
    poolMode: z
      .enum(poolModes, { error: `must be one of ${poolModes.join(", ")}` })
      .default("transaction")
      .describe(
        "For how long the pooler gives a connection to a client, as it is made. Default transaction.",
      ),
    deletionProtection,
  }),
  outputs: z.object({
    host: z.string().describe("Host name of the primary, for migrations, LISTEN and replication."),
    port: z.number().describe("Port of the primary."),
    poolerHost: z.string().describe("Host name of the pooler."),
    poolerPort: z.number().describe("Port of the pooler."),
    password: secret(z.string()).describe("Password of fly-user, the account that it comes with."),
  }),
  find: ({ name, organization: slug }) =>
    search(
      get<Of<readonly Cluster[]>>("/v1/postgres", { org_slug: slug }),
      ({ data }) => data.find((each) => each.name === name && !isGone(each))?.id,
    ),
  create: ({ name, organization: slug, region, version, plan, diskGb, poolMode }): Request<Of<Cluster>> => ({
    method: "POST",
    path: "/v1/postgres",
    body: {
      name,
      org_slug: slug,
      region,
      pg_major_version: version,
      plan: plans[plan],
      disk_size_gb: diskGb,
      pool_mode: poolMode,
      postgis_enabled: false,
    },
  }),
  created: ({ data }) => ({ id: data.id }),
  apply(id, inputs, old) {
    for (const field of ["diskGb", "poolMode"] as const)
      if (old[field] !== undefined && old[field] !== inputs[field])
        throw new Error(
          `${field} of the cluster ${id} was ${old[field]} when it was made, and Fly.io's API cannot change it. Set it back to ${old[field]}, and change it on the cluster's page at https://fly.io/dashboard.`,
        );
    return inputs.plan === old.plan ? [] : [clusterOf(id), checkPlan(inputs.plan)];
  },
  read: (id) => ({
    cluster: clusterOf(id),
    // Until it is ready it has no accounts, and to be told so would mean that it is gone.
    credentials: ({ cluster: { data } }: { cluster: Of<Details> }) =>
      data.status === "ready" ? credentialsOf(id, owner) : undefined,
  }),
  progress({ cluster: { data } }) {
    if (data.status === "failed")
      return { failed: "Fly.io could not make it; see its page at https://fly.io/dashboard" };
    return data.status === "ready" ? "ready" : { pending: data.status };
  },
  tell({ cluster: { data }, credentials }) {
    const { direct, pooler } = data.endpoints?.primary ?? {};
    return {
      inputs: {
        name: data.name,
        ...organizationOf(data.organization),
        region: data.region,
        version: data.pg_major_version,
        plan: planNames.find((each) => plans[each] === data.plan)!,
      },
      outputs: {
        ...(direct && { host: direct.host, port: direct.port }),
        ...(pooler && { poolerHost: pooler.host, poolerPort: pooler.port }),
        ...(credentials && { password: credentials.data.password }),
      },
    };
  },
  remove: (id) => [{ method: "DELETE", path: `/v1/postgres/${id}` }],
});

interface User {
  readonly username: string;
  readonly role: "schema_admin" | "writer" | "reader";
}
const roles = ["schema_admin", "writer", "reader"] as const;

/** Of `<cluster>/<name>`. */
const partsOf = (id: string) => id.split("/") as [string, string];
const userPathOf = (id: string): string => userPath(...partsOf(id));
const users = (cluster: string) => get<Of<readonly User[]>>(`/v1/postgres/${cluster}/users`);

export const postgresUser = kind({
  description: "An account of a cluster, with a password that Fly.io makes.",
  inputs: z.strictObject({
    cluster: fixed(z.string().min(1)).describe("Id of the cluster. A change replaces it."),
    name: fixed(
      z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, {
        error: "must be at most 63 lower-case letters, digits and underscores, and not begin with a digit",
      }),
    ).describe("Its name. A change replaces it."),
    role: z
      .enum(roles, { error: `must be one of ${roles.join(", ")}` })
      .describe(
        "What it may do in every database: schema_admin all but make databases and roles, writer read and write tables that are there, reader read them.",
      ),
  }),
  outputs: z.object({ password: secret(z.string()).describe("Its password.") }),
  find: ({ cluster, name }) =>
    search(users(cluster), ({ data }) =>
      data.some(({ username }) => username === name) ? `${cluster}/${name}` : undefined,
    ),
  create: ({ cluster, name, role }): Request => ({
    method: "POST",
    path: `/v1/postgres/${cluster}/users`,
    body: { username: name, role },
  }),
  created: (_, { cluster, name }) => ({ id: `${cluster}/${name}` }),
  apply: (id, { role }) => [{ method: "PATCH", path: userPathOf(id), body: { role } }],
  read: (id) => ({
    credentials: credentialsOf(...partsOf(id)),
    users: users(id.split("/")[0]!),
  }),
  tell({ credentials, users: { data } }, id) {
    const [cluster, name] = partsOf(id);
    const role = data.find(({ username }) => username === name)?.role;
    return {
      inputs: { cluster, name, ...(role && { role }) },
      outputs: { password: credentials.data.password },
    };
  },
  remove: (id) => [{ method: "DELETE", path: userPathOf(id) }],
});
