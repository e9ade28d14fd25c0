/**
 * Fly.io. Where its OpenAPI document and its own clients or pages differ, both are in the contract, and the place says
 * which is whose.
 */
import { type ContractServer, startContractServer } from "../server.ts";
import { appBehaviour, type FlyApp, newApp, operations as apps } from "./apps.ts";
import {
  databaseBehaviour,
  type FlyCluster,
  type FlyPostgres,
  newCluster,
  operations as databases,
} from "./databases.ts";
import { operations as machines } from "./machine-schemas.ts";
import { type FlyMachine, machineBehaviour } from "./machines.ts";
import { type FlyRelease, operations as releases, releaseBehaviour } from "./releases.ts";

export { digestOf } from "./apps.ts";
export type { FlyMachine } from "./machines.ts";

export const credentials = { token: "fm2_canary-token-of-fly" };

export interface FlyOptions {
  /** Names of apps that are there, of the organization `farm`. Default: none. */
  readonly apps?: readonly string[];
  /** Ids of clusters that are there. Default: none. */
  readonly clusters?: readonly string[];
  readonly postgres?: FlyPostgres;
  /** Whether a lease comes as the OpenAPI document has it, and not as the page of the API does. Default false. */
  readonly hasBareLeases?: boolean;
}

export interface FlyServer extends ContractServer {
  readonly apps: Map<string, FlyApp>;
  readonly machines: Map<string, FlyMachine>;
  readonly clusters: Map<string, FlyCluster>;
  /** Newest last. */
  readonly releases: readonly FlyRelease[];
  /** What was said of secrets, change by change. */
  readonly secretChanges: readonly Readonly<Record<string, string | null>>[];
  /** Bodies by which machines were made and updated. */
  readonly launches: readonly Readonly<Record<string, unknown>>[];
  /** How processes end that end by themselves: well, unless a test says otherwise. */
  readonly runs: { exitCode: number };
}

const clusterOf = (id: string): FlyCluster =>
  newCluster({
    id,
    name: id,
    region: "fra",
    plan: "basic",
    org_slug: "farm",
    pg_major_version: "17",
    pool_mode: "transaction",
    disk_size_gb: 10,
  });

export async function startFly({
  apps: appNames = [],
  clusters: clusterIds = [],
  postgres = {
    direct: { host: "direct.k1v5.flympg.net", port: 5432 },
    pooler: { host: "pgbouncer.k1v5.flympg.net", port: 5432 },
    password: "canary-password-of-postgres",
  },
  hasBareLeases = false,
}: FlyOptions = {}): Promise<FlyServer> {
  const presented: string[] = [];
  const state = {
    apps: new Map(appNames.map((name) => [name, newApp({ name, org_slug: "farm" })])),
    machines: new Map<string, FlyMachine>(),
    clusters: new Map(clusterIds.map((id) => [id, clusterOf(id)])),
    releases: [] as FlyRelease[],
    secretChanges: [] as Readonly<Record<string, string | null>>[],
    launches: [] as Readonly<Record<string, unknown>>[],
    runs: { exitCode: 0 },
  };
  const server = await startContractServer({
    contract: {
      source: "https://docs.machines.dev/openapi.json",
      readAt: "2026-11-26",
      operations: [...apps, ...machines, ...databases, ...releases],
    },
    refusal({ authorization = "", "fly-machine-lease-nonce": nonce }) {
      if (typeof nonce === "string") presented.push(nonce);
      return [`Bearer ${credentials.token}`, `FlyV1 ${credentials.token}`].includes(authorization)
        ? undefined
        : { status: 401, body: { error: `unauthorized: ${authorization}` } };
    },
    malformed: (problem) => ({ status: 400, body: { error: problem } }),
    behaviour: {
      ...appBehaviour(state.apps, state.secretChanges),
      ...machineBehaviour({ ...state, presented, hasBareLeases }),
      ...databaseBehaviour(state.clusters, postgres),
      ...releaseBehaviour(state.apps, state.releases),
    },
  });
  return { ...server, ...state };
}
