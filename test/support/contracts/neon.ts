import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { contractOf, type Document } from "./openapi.ts";
import { type Behaviour, type Call, type ContractServer, startContractServer } from "./server.ts";

export const credentials = { apiKey: "canary-key-of-neon" };

const published = new URL(import.meta.resolve("@neondatabase/api-client/public-v2-for-users.gen.yaml"));
let document: Document | undefined;

interface Settings {
  readonly autoscaling_limit_min_cu: number;
  readonly autoscaling_limit_max_cu: number;
  readonly suspend_timeout_seconds: number;
}

export interface NeonProject {
  name: string;
  readonly region_id: string;
  readonly pg_version: number;
  readonly org_id?: string;
  history_retention_seconds: number;
  settings: { readonly enable_logical_replication?: boolean };
  compute: Settings;
  readonly branchId: string;
  readonly endpointId: string;
  readonly role: string;
  readonly database: string;
  isProtected: boolean;
  /** Looks at its operation until that has ended. */
  pending: number;
  /** How its last operation ends; a failed one leaves no branch. */
  end: "finished" | "failed";
}

interface Created extends Pick<
  NeonProject,
  "name" | "region_id" | "pg_version" | "history_retention_seconds"
> {
  readonly org_id?: string;
  readonly settings?: NeonProject["settings"];
  readonly default_endpoint_settings: Settings;
  readonly branch: { readonly role_name: string; readonly database_name: string };
}

const time = "2026-11-26T10:00:00Z";
const locked = { status: 423, body: { code: "", message: "project already has running operations" } };
const missing = { status: 404, body: { code: "", message: "project not found" } };
const usage = { cpu_used_sec: 0, compute_time_seconds: 0, active_time_seconds: 0 };
const traffic = { written_data_bytes: 0, data_transfer_bytes: 0 };
const about = { creation_source: "console", created_at: time, updated_at: time };

const listed = (
  id: string,
  { name, region_id, pg_version, org_id, history_retention_seconds }: NeonProject,
) => ({
  id,
  name,
  region_id,
  pg_version,
  ...(org_id !== undefined && { org_id }),
  history_retention_seconds,
  platform_id: "aws",
  proxy_host: "eu-central-1.aws.neon.tech",
  branch_logical_size_limit: 0,
  branch_logical_size_limit_bytes: 0,
  provisioner: "k8s-neonvm",
  store_passwords: true,
  owner_id: "owner",
  cpu_used_sec: 0,
  ...about,
});

const shown = (id: string, project: NeonProject) => ({
  ...listed(id, project),
  ...usage,
  ...traffic,
  data_storage_bytes_hour: 0,
  consumption_period_start: time,
  consumption_period_end: time,
  settings: project.settings,
});

const branchOf = (project_id: string, { branchId, isProtected, end }: NeonProject) => ({
  id: branchId,
  project_id,
  name: "main",
  current_state: end === "failed" ? "init" : "ready",
  state_changed_at: time,
  default: true,
  protected: isProtected,
  ...usage,
  ...traffic,
  ...about,
});

/** @param address of the PostgreSQL that every project stands for. */
export async function startNeon(
  address = {
    host: "ep-calm-mole-123456.c-2.eu-central-1.aws.neon.tech",
    pooledHost: "ep-calm-mole-123456-pooler.c-2.eu-central-1.aws.neon.tech",
    port: 5432,
    password: "canary/password@neon",
  },
): Promise<ContractServer & { readonly projects: Map<string, NeonProject> }> {
  const projects = new Map<string, NeonProject>();
  const endpointOf = (project_id: string, { endpointId, branchId, region_id, compute }: NeonProject) => ({
    id: endpointId,
    project_id,
    branch_id: branchId,
    host: address.host,
    region_id,
    type: "read_write",
    current_state: "active",
    ...compute,
    settings: {},
    pooler_enabled: false,
    pooler_mode: "transaction",
    disabled: false,
    passwordless_access: true,
    proxy_host: "eu-central-1.aws.neon.tech",
    provisioner: "k8s-neonvm",
    ...about,
  });
  const operationsOf = (project_id: string, { pending, end }: NeonProject) => [
    {
      id: randomUUID(),
      project_id,
      action: "apply_config",
      status: pending > 0 ? "running" : end,
      ...(end === "failed" && { error: "no space left" }),
      failures_count: 0,
      total_duration_ms: 100,
      created_at: time,
      updated_at: time,
    },
  ];
  const uriOf = ({ role, database }: NeonProject, host: string) =>
    `postgresql://${role}:${encodeURIComponent(address.password)}@${host}${address.port === 5432 ? "" : `:${address.port}`}/${database}?sslmode=require`;

  /** What it is about, if it is there. */
  const on = (act: (project: NeonProject, id: string, call: Call) => unknown) => (call: Call) => {
    const id = call.params["project_id"]!;
    const project = projects.get(id);
    const { branch_id = project?.branchId, endpoint_id = project?.endpointId } = call.params;
    if (project === undefined || branch_id !== project.branchId || endpoint_id !== project.endpointId)
      return missing;
    return { body: act(project, id, call) };
  };
  /** A change, which waits for the one before. */
  const changing = (act: (project: NeonProject, id: string, call: Call) => unknown) => (call: Call) => {
    const project = projects.get(call.params["project_id"]!);
    return project !== undefined && project.pending-- > 0 ? locked : on(act)(call);
  };
  const change = (project: NeonProject, values: Partial<NeonProject>) =>
    Object.assign(project, values, { pending: 2 });

  const one = "/api/v2/projects/{project_id}";
  const branch = `${one}/branches/{branch_id}`;
  const behaviour: Behaviour = {
    "GET /api/v2/projects"({ query }) {
      const { search = "", org_id, limit = "10", cursor = "0" } = query as Record<string, string>;
      const start = Number(cursor);
      const all = [...projects].filter(
        ([, each]) => each.name.includes(search) && (org_id === undefined || each.org_id === org_id),
      );
      const page = all.slice(start, start + Number(limit));
      return {
        body: {
          projects: page.map(([id, each]) => ({ ...listed(id, each), active_time: 0 })),
          applications: {},
          integrations: {},
          ...(page.length > 0 && { pagination: { cursor: String(start + page.length) } }),
        },
      };
    },
    "POST /api/v2/projects"({ body }) {
      const { project: wanted } = body as { readonly project: Created };
      const number = projects.size + 1;
      const id = `calm-mole-${number}`;
      const project: NeonProject = {
        name: wanted.name,
        region_id: wanted.region_id,
        pg_version: wanted.pg_version,
        ...(wanted.org_id !== undefined && { org_id: wanted.org_id }),
        history_retention_seconds: wanted.history_retention_seconds,
        settings: wanted.settings ?? {},
        compute: wanted.default_endpoint_settings,
        branchId: `br-calm-mole-${number}`,
        endpointId: `ep-calm-mole-${number}`,
        role: wanted.branch.role_name,
        database: wanted.branch.database_name,
        isProtected: false,
        pending: 2,
        end: "finished",
      };
      projects.set(id, project);
      const at = { branch_id: project.branchId, created_at: time, updated_at: time };
      return {
        status: 201,
        body: {
          project: shown(id, project),
          branch: branchOf(id, project),
          endpoints: [endpointOf(id, project)],
          operations: operationsOf(id, project),
          roles: [{ ...at, name: project.role, password: address.password, protected: false }],
          databases: [{ ...at, id: 1, name: project.database, owner_name: project.role }],
          connection_uris: [
            {
              connection_uri: uriOf(project, address.host),
              connection_parameters: {
                database: project.database,
                role: project.role,
                password: address.password,
                host: address.host,
                pooler_host: address.pooledHost,
              },
            },
          ],
        },
      };
    },
    [`GET ${one}`]: on((project, id) => ({ project: shown(id, project) })),
    [`PATCH ${one}`]: changing((project, id, { body }) => {
      change(project, (body as { readonly project: Partial<NeonProject> }).project);
      return { project: shown(id, project), operations: operationsOf(id, project) };
    }),
    [`DELETE ${one}`](call) {
      const id = call.params["project_id"]!;
      const project = projects.get(id);
      if (project === undefined) return missing;
      if (project.pending-- > 0) return locked;
      if (project.isProtected)
        return { status: 422, body: { code: "", message: "project has a protected branch" } };
      projects.delete(id);
      return { body: { project: shown(id, project) } };
    },
    [`GET ${one}/operations`]: on((project, id) => {
      const operations = operationsOf(id, project);
      project.pending--;
      return { operations };
    }),
    [`GET ${one}/connection_uri`]: on((project, _id, { query }) => {
      const { pooled } = query as Record<string, string>;
      return { uri: uriOf(project, pooled === "true" ? address.pooledHost : address.host) };
    }),
    [`GET ${one}/branches`]: on((project, id) => ({ branches: [branchOf(id, project)], annotations: {} })),
    [`GET ${branch}`]: on((project, id) => ({
      branch: branchOf(id, project),
      annotation: { object: { type: "console/branch", id: project.branchId }, value: {} },
    })),
    [`PATCH ${branch}`]: changing((project, id, { body }) => {
      change(project, { isProtected: (body as { branch: { protected: boolean } }).branch.protected });
      return { branch: branchOf(id, project), operations: operationsOf(id, project) };
    }),
    [`GET ${branch}/endpoints`]: on((project, id) => ({ endpoints: [endpointOf(id, project)] })),
    [`PATCH ${one}/endpoints/{endpoint_id}`]: changing((project, id, { body }) => {
      change(project, { compute: (body as { readonly endpoint: Settings }).endpoint });
      return { endpoint: endpointOf(id, project), operations: operationsOf(id, project) };
    }),
  };

  document ??= parse(readFileSync(published, "utf8")) as Document;
  const server = await startContractServer({
    contract: contractOf(document, {
      source: "npm @neondatabase/api-client 2.7.3, public-v2-for-users.gen.yaml",
      readAt: "2026-11-26",
      used: Object.keys(behaviour),
    }),
    behaviour,
    refusal: ({ authorization = "" }) =>
      authorization === `Bearer ${credentials.apiKey}`
        ? undefined
        : { status: 401, body: { code: "", message: `unknown key in ${authorization}` } },
  });
  return { ...server, projects };
}
