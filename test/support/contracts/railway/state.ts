/** What there is at Railway. */
import { Refusal } from "../graphql.ts";

export interface Project {
  name: string;
  workspaceId: string;
  deletedAt: string | null;
  readonly environmentId: string;
  /** Looks until it has its environment. */
  left: number;
}

/** What `serviceInstanceUpdate` has said. */
export interface Settings {
  source?: { image?: string } | null;
  multiRegionConfig?: Record<string, { numReplicas: number }>;
  registryCredentials?: { username: string; password: string };
  startCommand?: string | null;
  healthcheckPath?: string | null;
  healthcheckTimeout?: number;
  drainingSeconds?: number;
  overlapSeconds?: number;
  restartPolicyType?: string;
  restartPolicyMaxRetries?: number;
}

export interface Service {
  readonly name: string;
  readonly projectId: string;
  settings: Settings;
  variables: Record<string, string>;
  /** What each deployment was made of; `left` are the looks until it is over. */
  readonly deployments: { id: string; image: string; left: number; ends: string }[];
  deletedAt: string | null;
}

export interface Volume {
  name: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly instanceId: string;
  readonly region: string;
  mountPath: string;
  serviceId: string | null;
  isPendingDeletion: boolean;
  /** Looks until it is ready. */
  left: number;
}

export type Of = { readonly environmentId: string; readonly serviceId: string };

export interface Host extends Of {
  readonly domain: string;
  targetPort: number | null;
}

export interface Bucket {
  readonly name: string;
  readonly projectId: string;
  region?: string;
  isDeleted?: boolean;
  /** Looks until it has credentials. */
  left: number;
}

export type State = ReturnType<typeof emptyState>;

export function emptyState() {
  let handedOut = 0;
  return {
    /** What every id looks like; the first one ends in 1. */
    newId: () => `00000000-0000-4000-8000-${String(++handedOut).padStart(12, "0")}`,
    now: "2026-11-26T09:00:00.000Z",
    projects: new Map<string, Project>(),
    services: new Map<string, Service>(),
    volumes: new Map<string, Volume>(),
    hosts: new Map<string, Host>(),
    customDomains: new Map<string, Host & { looks: number }>(),
    proxies: new Map<string, Of & { readonly applicationPort: number; left: number }>(),
    buckets: new Map<string, Bucket>(),
    /** How the next deployments end. */
    outcome: { ends: "SUCCESS" },
  };
}

export function the<Value>(map: ReadonlyMap<string, Value>, id: string, what: string): Value {
  const found = map.get(id);
  if (found === undefined) throw new Refusal(`${what} not found`);
  return found;
}

export function liveService({ services }: State, id: string): Service {
  const found = the(services, id, "ServiceInstance");
  if (found.deletedAt !== null) throw new Refusal("ServiceInstance not found");
  return found;
}

export type Input<Fields> = { readonly input: Fields };
export type Id = { readonly id: string };

/** So small that a list has more than one page soon. */
const pageSize = 2;

export const connection =
  <Node>(nodes: readonly Node[]) =>
  ({ after }: { readonly after?: string | null }) => {
    const from = typeof after === "string" ? Number(after) + 1 : 0;
    const edges = nodes
      .slice(from, from + pageSize)
      .map((node, index) => ({ cursor: String(from + index), node }));
    return {
      edges,
      pageInfo: { endCursor: edges.at(-1)?.cursor ?? null, hasNextPage: from + pageSize < nodes.length },
    };
  };
