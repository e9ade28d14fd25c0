import { type Behaviour, type Call, type ContractServer, startContractServer } from "../server.ts";
import { contract } from "./contract.ts";

export const credentials = { accessToken: "canary-token-of-supabase" };

export interface SupabaseProject {
  name: string;
  readonly organization_slug: string;
  readonly region: string;
  size: string;
  password: string;
  isTlsOnly: boolean;
  /** While it is pending, and then. */
  status: string;
  end: string;
  /** Looks until it has come to its end. */
  pending: number;
}

interface Created {
  readonly name: string;
  readonly organization_slug: string;
  readonly region_selection: { readonly code: string };
  readonly desired_instance_size: string;
  readonly db_pass: string;
}

const unready = { status: 400, body: { message: "Project is not active" } };
const missing = { status: 404, body: { message: "Project not found" } };

interface Pooler {
  readonly host: string;
  readonly transaction: number;
  /** Told only where it is there. */
  session?: number;
}

/** @param pooler of every project. */
export async function startSupabase(
  pooler: Pooler = { host: "aws-0-eu-central-1.pooler.supabase.com", transaction: 6543 },
): Promise<ContractServer & { readonly projects: Map<string, SupabaseProject>; readonly pooler: Pooler }> {
  const projects = new Map<string, SupabaseProject>();
  const bareOf = (
    id: string,
    { name: title, organization_slug, region, status, end, pending }: SupabaseProject,
  ) => ({
    id,
    ref: id,
    organization_id: organization_slug,
    organization_slug,
    name: title,
    region,
    created_at: "2026-11-26T10:00:00Z",
    status: pending > 0 ? status : end,
  });
  const shown = (id: string, each: SupabaseProject) => ({
    ...bareOf(id, each),
    database: {
      host: `db.${id}.supabase.co`,
      version: "17.6.1",
      postgres_engine: "17",
      release_channel: "ga",
    },
  });
  const refOf = (id: string, each: SupabaseProject) => ({ id: 1, ref: id, name: each.name });
  const tlsOf = ({ isTlsOnly, pending }: SupabaseProject) => ({
    currentConfig: { database: isTlsOnly },
    appliedSuccessfully: pending <= 0,
  });

  const poolerOf = (id: string, mode: "transaction" | "session", port: number) => {
    const address = `postgresql://postgres.${id}:[YOUR-PASSWORD]@${pooler.host}:${port}/postgres`;
    return {
      identifier: id,
      database_type: "PRIMARY",
      is_using_scram_auth: true,
      db_user: "postgres",
      db_host: pooler.host,
      db_port: port,
      db_name: "postgres",
      connection_string: address,
      connectionString: address,
      default_pool_size: null,
      max_client_conn: null,
      pool_mode: mode,
    };
  };

  /** What it is about, if it is there. */
  const on = (act: (each: SupabaseProject, id: string, call: Call) => unknown) => (call: Call) => {
    const id = call.params["ref"]!;
    const found = projects.get(id);
    return found === undefined ? missing : { body: act(found, id, call) };
  };
  /** What it takes only while it is healthy. */
  const onHealthy = (act: (each: SupabaseProject, id: string, call: Call) => unknown) => (call: Call) => {
    const found = projects.get(call.params["ref"]!);
    return found !== undefined && found.pending > 0 ? unready : on(act)(call);
  };

  const one = "/v1/projects/{ref}";
  const behaviour: Behaviour = {
    "GET /v1/projects": () => ({ body: [...projects].map(([id, each]) => shown(id, each)) }),
    "POST /v1/projects"({ body }) {
      const wanted = body as Created;
      const id = `calmmole${"abcdefghijkl".slice(projects.size)}${"z".repeat(projects.size)}`;
      projects.set(id, {
        name: wanted.name,
        organization_slug: wanted.organization_slug,
        region: wanted.region_selection.code,
        size: wanted.desired_instance_size,
        password: wanted.db_pass,
        isTlsOnly: false,
        status: "COMING_UP",
        end: "ACTIVE_HEALTHY",
        pending: 2,
      });
      return { status: 201, body: bareOf(id, projects.get(id)!) };
    },
    [`GET ${one}`]: on((each, id) => {
      const body = shown(id, each);
      each.pending--;
      return body;
    }),
    [`PATCH ${one}`]: onHealthy((each, id, { body }) => {
      each.name = (body as { readonly name: string }).name;
      return refOf(id, each);
    }),
    [`DELETE ${one}`]: on((each, id) => {
      projects.delete(id);
      return refOf(id, each);
    }),
    [`PATCH ${one}/database/password`]: onHealthy((each, _id, { body }) => {
      each.password = (body as { readonly password: string }).password;
      return { message: "Successfully updated database password" };
    }),
    [`GET ${one}/config/database/pooler`]: onHealthy((_each, id) =>
      (["transaction", "session"] as const).flatMap((mode) =>
        pooler[mode] ? [poolerOf(id, mode, pooler[mode])] : [],
      ),
    ),
    [`GET ${one}/ssl-enforcement`]: onHealthy(tlsOf),
    [`PUT ${one}/ssl-enforcement`]: onHealthy((each, _id, { body }) => {
      const { requestedConfig } = body as { readonly requestedConfig: { readonly database: boolean } };
      Object.assign(each, { isTlsOnly: requestedConfig.database, status: "RESTARTING", pending: 1 });
      return tlsOf(each);
    }),
    [`GET ${one}/billing/addons`]: on(({ size }) => ({
      selected_addons: [
        {
          type: "compute_instance",
          variant: {
            id: `ci_${size}`,
            name: size,
            price: { description: "", type: "usage", interval: "hourly", amount: 0.01344 },
          },
        },
      ],
      available_addons: [],
    })),
    [`PATCH ${one}/billing/addons`]: onHealthy((each, _id, { body }) => {
      const { addon_variant } = body as { readonly addon_variant: string };
      Object.assign(each, { size: addon_variant.replace("ci_", ""), status: "RESIZING", pending: 2 });
    }),
  };

  const server = await startContractServer({
    contract,
    behaviour,
    refusal: ({ authorization = "" }) =>
      authorization === `Bearer ${credentials.accessToken}`
        ? undefined
        : { status: 401, body: { message: `Unauthorized: ${authorization}` } },
  });
  return { ...server, projects, pooler };
}
