import { z } from "zod";
import {
  deletionProtection,
  fixed,
  get,
  kind,
  type Request,
  search,
  secret,
  type Step,
} from "../../vendor/kind.ts";
import type { Branch, Endpoint, Endpoints, Found, Operation, Project } from "./answers.ts";

/** Azure's are closed since 2026-08-27 (https://neon.com/docs/introduction/regions). */
const regions = [
  "aws-us-east-1",
  "aws-us-east-2",
  "aws-us-west-2",
  "aws-eu-central-1",
  "aws-eu-west-2",
  "aws-ap-southeast-1",
  "aws-ap-southeast-2",
  "aws-sa-east-1",
] as const;
const database = "testfarm";
const owner = "admin";
/** The longest page that it gives. */
const pageSize = 400;

const projects = "/api/v2/projects";
/** @throws for an id that an import has given. */
function partsOf(id: string): { readonly projectId: string; readonly branchId: string } {
  const [projectId = "", branchId, ...more] = id.split("/");
  if (projectId === "" || !branchId || more.length > 0)
    throw new Error(
      `${JSON.stringify(id)} is no id of a neon Project; it must be the project's and its branch's, such as calm-mole-123456/br-calm-mole-123456.`,
    );
  return { projectId, branchId };
}
const pathOf = (id: string) => `${projects}/${partsOf(id).projectId}`;
const branchOf = (id: string) => `${pathOf(id)}/branches/${partsOf(id).branchId}`;
const patch = (path: string, body: unknown): Request => ({ method: "PATCH", path, body });
const isWritable = ({ type }: Endpoint) => type === "read_write";
const page = (name: string, orgId: string | undefined, cursor?: string) =>
  get<Found>(projects, {
    search: name,
    limit: String(pageSize),
    ...(orgId !== undefined && { org_id: orgId }),
    ...(cursor !== undefined && { cursor }),
  });

const computeUnits = z
  .number({ error: "must be a number of compute units from 0.25 to 56" })
  .min(0.25, { error: "must be at least 0.25 compute units" })
  .max(56, { error: "must be at most 56 compute units" });

const compute = (inputs: {
  readonly minComputeUnits: number;
  readonly maxComputeUnits: number;
  readonly scaleToZero: boolean;
}) => ({
  autoscaling_limit_min_cu: inputs.minComputeUnits,
  autoscaling_limit_max_cu: inputs.maxComputeUnits,
  // 0 is the vendor's default of 300 s, -1 is never.
  suspend_timeout_seconds: inputs.scaleToZero ? 0 : -1,
});

export const project = kind({
  description: `A project with its branch, a database ${database}, and the role ${owner} that owns it. Its id is the project's and the branch's, with a slash between: it is on the page of the branch.`,
  isStateful: true,
  inputs: z
    .strictObject({
      name: z
        .string()
        .min(1, { error: "must have 1 to 256 characters" })
        .max(256, { error: "must have 1 to 256 characters" })
        .describe("Its name in the organization."),
      region: fixed(z.enum(regions, { error: `must be one of ${regions.join(", ")}` })).describe(
        "Where it is. A change replaces it.",
      ),
      pgVersion: fixed(
        z
          .int({ error: "must be 14, 15, 16, 17 or 18" })
          .min(14, { error: "must be 14, 15, 16, 17 or 18" })
          .max(18, { error: "must be 14, 15, 16, 17 or 18" }),
      )
        .default(17)
        .describe("PostgreSQL's major version. A change replaces it. Default 17."),
      orgId: fixed(
        z.string().regex(/^[a-z0-9-]{1,60}$/, { error: "must be an id such as org-calm-mole-123456" }),
      )
        .optional()
        .describe(
          "The organization that it belongs to; a personal API key needs it, an organization's key knows it. A change replaces it.",
        ),
      historyRetentionSeconds: z
        .int({ error: "must be whole seconds from 0 to 2592000" })
        .min(0, { error: "must be at least 0 s" })
        .max(2_592_000, { error: "must be at most 2592000 s (30 days)" })
        .default(86_400)
        .describe(
          "Seconds back to which it can be restored: 6 hours at most on the plan Free, 7 days on Launch, 30 on Scale; what is kept is billed. Default 86400.",
        ),
      minComputeUnits: computeUnits
        .default(0.25)
        .describe("Compute units that it has at least; one has 4 GB of memory. Default 0.25."),
      maxComputeUnits: computeUnits
        .default(1)
        .describe("Compute units that it grows to under load. Default 1."),
      scaleToZero: z
        .boolean({ error: "must be true or false" })
        .default(true)
        .describe(
          "Whether it stops after 5 minutes without a query, and starts with the next one. The plan Free cannot turn it off. Default true.",
        ),
      logicalReplication: z
        .boolean({ error: "must be true or false" })
        .default(false)
        .describe(
          "Whether wal_level is logical, which moving to another database without a stop needs. Turning it on restarts the compute; it cannot be turned off again. Default false.",
        ),
      deletionProtection,
    })
    .refine(({ minComputeUnits, maxComputeUnits }) => minComputeUnits <= maxComputeUnits, {
      path: ["maxComputeUnits"],
      error: "must be at least minComputeUnits",
    }),
  outputs: z.object({
    host: z.string().describe("Host name of the database itself: for migrations, LISTEN, replication."),
    pooledHost: z
      .string()
      .describe("Host name of its pooler (PgBouncer in transaction mode), for every role with a password."),
    port: z.number().describe("Port of both."),
    database: z.string().describe("Name of the database."),
    owner: z.string().describe("Name of the role that owns it."),
    password: secret(z.string()).describe("Password of the owner."),
  }),
  find: ({ name, orgId }) =>
    search(
      page(name, orgId),
      ({ branches }) => {
        const main = branches?.find((branch) => branch.default);
        return main && `${main.project_id}/${main.id}`;
      },
      ({ projects: listed = [], unavailable_project_ids: unavailable = [], pagination }) => {
        const found = listed.find((each) => each.name === name);
        if (found !== undefined) return get<Found>(`${projects}/${found.id}/branches`, { limit: "10000" });
        if (unavailable.length > 0)
          throw new Error(
            `Neon could not list ${unavailable.join(", ")} in time, so that ${name} may be there already. Run pulumi up again.`,
          );
        return listed.length === pageSize ? page(name, orgId, pagination?.cursor) : undefined;
      },
    ),
  create: (inputs): Request<{ readonly project: Project; readonly branch: Branch }> => ({
    method: "POST",
    path: projects,
    body: {
      project: {
        name: inputs.name,
        region_id: inputs.region,
        pg_version: inputs.pgVersion,
        ...(inputs.orgId !== undefined && { org_id: inputs.orgId }),
        history_retention_seconds: inputs.historyRetentionSeconds,
        default_endpoint_settings: compute(inputs),
        ...(inputs.logicalReplication && { settings: { enable_logical_replication: true } }),
        branch: { role_name: owner, database_name: database },
        store_passwords: true,
      },
    },
  }),
  created: (answer) => ({ id: `${answer.project.id}/${answer.branch.id}` }),
  // Only what exists can be protected.
  isCreatedBare: true,
  apply(id, inputs, old) {
    const known = old.name === undefined ? { ...inputs, deletionProtection: false } : old;
    const differs = (field: keyof typeof inputs) => inputs[field] !== known[field];
    if (known.logicalReplication && !inputs.logicalReplication)
      throw new Error(
        `logicalReplication of neon Project ${id} cannot be turned off: Neon does not undo it. Set it to true, or make another project.`,
      );
    const changes = {
      ...(differs("name") && { name: inputs.name }),
      ...(differs("historyRetentionSeconds") && {
        history_retention_seconds: inputs.historyRetentionSeconds,
      }),
      ...(differs("logicalReplication") && { settings: { enable_logical_replication: true } }),
    };
    const resize: readonly Step[] = [
      "ready",
      get<Endpoints>(`${branchOf(id)}/endpoints`),
      ({ endpoints }: Endpoints) =>
        endpoints
          .filter(isWritable)
          .map((each) => patch(`${pathOf(id)}/endpoints/${each.id}`, { endpoint: compute(inputs) })),
    ];
    const protect = patch(branchOf(id), { branch: { protected: inputs.deletionProtection } });
    // While it works on one change it refuses the next.
    return [
      ...(Object.keys(changes).length > 0 ? ["ready" as const, patch(pathOf(id), { project: changes })] : []),
      ...(differs("minComputeUnits") || differs("maxComputeUnits") || differs("scaleToZero") ? resize : []),
      ...(differs("deletionProtection") ? ["ready" as const, protect] : []),
    ];
  },
  read: (id) => ({
    project: get<{ readonly project: Project }>(pathOf(id)),
    branch: get<{ readonly branch: Branch }>(branchOf(id)),
    computes: get<Endpoints>(`${branchOf(id)}/endpoints`),
    work: get<{ readonly operations: readonly Operation[] }>(`${pathOf(id)}/operations`, { limit: "100" }),
    pooled: get<{ readonly uri: string }>(`${pathOf(id)}/connection_uri`, {
      branch_id: partsOf(id).branchId,
      database_name: database,
      role_name: owner,
      pooled: "true",
    }),
  }),
  progress({ branch: { branch }, computes: { endpoints }, work: { operations } }) {
    const running = operations.find(({ status }) => ["scheduling", "running", "cancelling"].includes(status));
    if (running !== undefined) return { pending: `${running.action} is ${running.status}` };
    const endpoint = endpoints.find(isWritable);
    const isThere = branch.current_state === "ready" || branch.current_state === "archived";
    if (isThere && endpoint !== undefined && endpoint.current_state !== "init") return "ready";
    const failed = operations.find(({ status }) => status === "failed" || status === "error");
    if (failed !== undefined) return { failed: `${failed.action}: ${failed.error ?? failed.status}` };
    return {
      pending: `its branch is ${branch.current_state}, its compute ${endpoint?.current_state ?? "absent"}`,
    };
  },
  tell({ project: { project: told }, branch: { branch }, computes: { endpoints }, pooled }) {
    const endpoint = endpoints.find(isWritable);
    const address = new URL(pooled.uri);
    return {
      inputs: {
        name: told.name,
        region: told.region_id as (typeof regions)[number],
        pgVersion: told.pg_version,
        ...(told.org_id !== undefined && { orgId: told.org_id }),
        historyRetentionSeconds: told.history_retention_seconds,
        logicalReplication: told.settings?.enable_logical_replication ?? false,
        deletionProtection: branch.protected,
        ...(endpoint && {
          minComputeUnits: endpoint.autoscaling_limit_min_cu,
          maxComputeUnits: endpoint.autoscaling_limit_max_cu,
          scaleToZero: endpoint.suspend_timeout_seconds !== -1,
        }),
      },
      outputs: {
        ...(endpoint && { host: endpoint.host }),
        pooledHost: address.hostname,
        port: Number(address.port || 5432),
        database: address.pathname.slice(1),
        owner: decodeURIComponent(address.username),
        password: decodeURIComponent(address.password),
      },
    };
  },
  // A project with a protected branch is not deleted.
  remove: (id) => [
    patch(branchOf(id), { branch: { protected: false } }),
    { method: "DELETE", path: pathOf(id) },
  ],
});
