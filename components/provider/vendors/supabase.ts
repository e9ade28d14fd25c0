/**
 * Supabase's Management API (https://github.com/supabase/cli, packages/api/src/generated/openapi.json at 1d1e719;
 * https://supabase.com/docs; read 2026-11-26). It takes 60 calls a minute.
 */
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

interface Project {
  /** Twenty small letters. */
  readonly ref: string;
  readonly organization_slug: string;
  readonly name: string;
  readonly region: string;
  readonly status: (typeof failures)[number] | (typeof changes)[number] | "ACTIVE_HEALTHY";
  readonly database: { readonly host: string };
}

interface Pooler {
  readonly database_type: "PRIMARY" | "READ_REPLICA";
  readonly pool_mode: "transaction" | "session";
  /** With `[YOUR-PASSWORD]` in the password's place. */
  readonly connection_string: string;
}

interface Tls {
  readonly currentConfig: { readonly database: boolean };
  readonly appliedSuccessfully: boolean;
}

interface Addons {
  readonly selected_addons: readonly { readonly type: string; readonly variant: { readonly id: string } }[];
}

interface Refusal {
  readonly message?: string;
  /** What a token is without (https://supabase.com/changelog/scoped-personal-access-tokens-ga). */
  readonly missing_permissions?: readonly string[];
}

const failures = ["INIT_FAILED", "REMOVED", "RESTORE_FAILED", "PAUSE_FAILED", "INACTIVE"] as const;
const changes = [
  "ACTIVE_UNHEALTHY",
  "COMING_UP",
  "UNKNOWN",
  "GOING_DOWN",
  "RESTORING",
  "UPGRADING",
  "PAUSING",
  "RESTARTING",
  "RESIZING",
] as const;
const regions = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ca-central-1",
  "sa-east-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
] as const;
/** Those of paid plans that are bought as they are, without a support contract. */
const sizes = [
  "micro",
  "small",
  "medium",
  "large",
  "xlarge",
  "2xlarge",
  "4xlarge",
  "8xlarge",
  "12xlarge",
  "16xlarge",
] as const;
/** The session mode's, on the host of the transaction mode (https://supabase.com/docs/guides/database/connecting-to-postgres). */
const sessionPort = 5432;

const pathOf = (ref: string) => `/v1/projects/${ref}`;
const set = (method: "PATCH" | "PUT", path: string, body: unknown): Request => ({ method, path, body });

/** The pooler's address in a mode, unless the vendor does not tell that mode. */
function addressIn(poolers: readonly Pooler[] = [], mode: Pooler["pool_mode"]): URL | undefined {
  const pooler = poolers.find((each) => each.database_type === "PRIMARY" && each.pool_mode === mode);
  return pooler && new URL(pooler.connection_string);
}

const project = kind({
  description:
    "A project, of which only the database is used: postgres, which the role postgres owns. Its id is the project's ref.",
  isStateful: true,
  patience: 900,
  inputs: z.strictObject({
    name: z
      .string()
      .min(1, { error: "must have 1 to 256 characters" })
      .max(256, { error: "must have 1 to 256 characters" })
      .describe("Its name in the organization."),
    organizationSlug: fixed(
      z.string().regex(/^[\w-]+$/, { error: "must be the slug in the address of the organization's page" }),
    ).describe("The organization that it belongs to, and whose plan it has. A change replaces it."),
    region: fixed(z.enum(regions, { error: `must be one of ${regions.join(", ")}` })).describe(
      "Where it is. A change replaces it.",
    ),
    instanceSize: z
      .enum(sizes, { error: `must be one of ${sizes.join(", ")}` })
      .default("micro")
      .describe("Its compute; a change restarts it. Default micro."),
    password: secret(z.string().min(4, { error: "must have at least 4 characters" })).describe(
      "Password of the role postgres.",
    ),
    tlsOnly: z
      .boolean({ error: "must be true or false" })
      .default(true)
      .describe("Whether connections without TLS are refused; a change restarts the database. Default true."),
    deletionProtection,
  }),
  outputs: z.object({
    host: z
      .string()
      .describe(
        "Host name of the database itself; it has an IPv6 address only, unless the add-on IPv4 is bought.",
      ),
    port: z.number().describe("Port of the database itself."),
    database: z.string().describe("Name of the database."),
    owner: z.string().describe("Name of the role that owns it."),
    poolerHost: z.string().describe("Host name of the shared pooler, which has an IPv4 address."),
    poolerUser: z
      .string()
      .describe(
        "What the owner is called there: the role, a dot, and the project's ref. So is every other role.",
      ),
    poolerTransactionPort: z.number().describe("Port of the pooler in transaction mode."),
    poolerSessionPort: z
      .number()
      .describe("Port of the pooler in session mode: for migrations and LISTEN, where there is no IPv6."),
  }),
  find: ({ name, organizationSlug }) =>
    search(
      get<readonly Project[]>("/v1/projects"),
      (all) =>
        all
          .filter(({ status }) => status !== "GOING_DOWN" && status !== "REMOVED")
          .find((each) => each.name === name && each.organization_slug === organizationSlug)?.ref,
    ),
  create: ({ name, organizationSlug, region, instanceSize, password }): Request<Project> => ({
    method: "POST",
    path: "/v1/projects",
    body: {
      name,
      organization_slug: organizationSlug,
      region_selection: { type: "specific", code: region },
      desired_instance_size: instanceSize,
      db_pass: password,
    },
  }),
  created: ({ ref }) => ({ id: ref }),
  // TLS is demanded of what exists.
  isCreatedBare: true,
  apply(ref, inputs, old) {
    const known = old.name === undefined ? { ...inputs, tlsOnly: false } : old;
    const path = pathOf(ref);
    const asked = [
      inputs.name !== known.name && set("PATCH", path, { name: inputs.name }),
      inputs.password !== known.password &&
        set("PATCH", `${path}/database/password`, { password: inputs.password }),
      inputs.instanceSize !== known.instanceSize &&
        set("PATCH", `${path}/billing/addons`, {
          addon_type: "compute_instance",
          addon_variant: `ci_${inputs.instanceSize}`,
        }),
      inputs.tlsOnly !== known.tlsOnly &&
        set("PUT", `${path}/ssl-enforcement`, { requestedConfig: { database: inputs.tlsOnly } }),
    ];
    // It takes a change only while it is healthy.
    return asked.flatMap((request) => (request === false ? [] : ["ready" as const, request]));
  },
  read(ref) {
    const path = pathOf(ref);
    /** What is there only once the project is. */
    const whenUp =
      <Answer>(request: Request<Answer>) =>
      ({ project: { status } }: { readonly project: Project }) =>
        status === "ACTIVE_HEALTHY" ? request : undefined;
    return {
      project: get<Project>(path),
      addons: get<Addons>(`${path}/billing/addons`),
      poolers: whenUp(get<readonly Pooler[]>(`${path}/config/database/pooler`)),
      tls: whenUp(get<Tls>(`${path}/ssl-enforcement`)),
    };
  },
  progress({ project: { status }, poolers, tls }) {
    if ((failures as readonly string[]).includes(status))
      return { failed: `it is ${status}; see its page at https://supabase.com/dashboard` };
    if (status !== "ACTIVE_HEALTHY") return { pending: status };
    if (addressIn(poolers, "transaction") === undefined) return { pending: "its pooler is absent" };
    return tls?.currentConfig.database && !tls.appliedSuccessfully
      ? { pending: "TLS is not demanded yet" }
      : "ready";
  },
  tell({ project: told, poolers, tls, addons }) {
    const size = addons.selected_addons.find(({ type }) => type === "compute_instance")?.variant.id;
    const transaction = addressIn(poolers, "transaction");
    const session = addressIn(poolers, "session");
    return {
      inputs: {
        name: told.name,
        organizationSlug: told.organization_slug,
        region: told.region as (typeof regions)[number],
        ...(size !== undefined && { instanceSize: size.replace("ci_", "") as (typeof sizes)[number] }),
        ...(tls && { tlsOnly: tls.currentConfig.database }),
      },
      outputs: {
        host: told.database.host,
        port: 5432,
        database: "postgres",
        owner: "postgres",
        ...(transaction && {
          poolerHost: transaction.hostname,
          poolerUser: transaction.username,
          poolerTransactionPort: Number(transaction.port),
          poolerSessionPort: session ? Number(session.port) : sessionPort,
        }),
      },
    };
  },
  remove: (ref) => [{ method: "DELETE", path: pathOf(ref) }],
});

export const supabase = vendor({
  title: "Supabase",
  origin: "https://api.supabase.com",
  credentials: z.object({ accessToken: z.string() }),
  headers: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
  messageIn(body) {
    const { message, missing_permissions: missing = [] } = (body ?? {}) as Refusal;
    return missing.length > 0 ? `${message ?? ""} (the token lacks ${missing.join(", ")})` : message;
  },
  advice({ status, message }) {
    if (status === 401 || status === 403)
      return "Make a token at https://supabase.com/dashboard/account/tokens that reads and writes projects, database configuration and add-ons of the organization, and set testfarm:supabaseAccessToken";
    if (status === 402 || /plan|billing|limit/i.test(message))
      return "Which plan the organization has is at https://supabase.com/dashboard/org/_/billing; sizes from micro on need a paid one";
    return /region/i.test(message)
      ? "Which regions are open to the organization says GET /v1/projects/available-regions (https://supabase.com/docs/guides/platform/regions)"
      : undefined;
  },
  kinds: { Project: project },
});
