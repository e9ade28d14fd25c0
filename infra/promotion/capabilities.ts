/** What the databases of stacks can do in a promotion, and which path follows from it. */
import type { Config } from "../config/schema.ts";
import type { Path } from "./contract.ts";
import type { Finding } from "./preflight/contract.ts";

/** Why something cannot be done, and who says so. */
interface No {
  readonly because: string;
  /** Page of the vendor, or what is not known. */
  readonly source: string;
}

export interface Capabilities {
  /** As an operator calls it. */
  readonly title: string;
  /** Whether others can subscribe to its changes. */
  readonly publishes: true | No;
  /** Whether it can subscribe to the changes of another server. */
  readonly subscribes: true | No;
  /** Whether other companies' servers reach it without anything being done. */
  readonly isPublic: boolean;
  /** What its `dialUrl` is: the address at which the other side's server reaches it. */
  readonly dial: string;
}

const byTunnel =
  "It has no port outside of its network: give the address of a tunnel or of a private network that the other side's server is in too.";
/** https://www.postgresql.org/docs/17/logical-replication-config.html */
const ours = "It is set up for it from the first day";

/** By the kind of a stack's database. */
export const capabilities = {
  embedded: {
    title: "PostgreSQL of this machine's installation",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: "It listens on 127.0.0.1 only: give an address that leads to its port, such as a reverse tunnel's, or go OFFLINE.",
  },
  "docker-host": {
    title: "PostgreSQL in a container",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: `${ours}, with wal_level=logical. ${byTunnel}`,
  },
  railway: {
    title: "Railway",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: "It is in Railway's private network, and without TLS: give the address of a tunnel by Railway's SSH (https://docs.railway.com/cli/ssh). A TCP proxy would carry everything in clear.",
  },
  neon: {
    title: "Neon",
    publishes: true,
    subscribes: true,
    isPublic: true,
    dial: "The address of the compute itself, as DATABASE_ADMIN_URL has it, not the pooler's. Neon drops a slot that nobody has read for about 40 hours (https://neon.com/docs/guides/logical-replication-neon).",
  },
  supabase: {
    title: "Supabase",
    publishes: true,
    subscribes: {
      because:
        "its owner may make no subscription; the function that would make one is in Supabase's repository, and no page offers it",
      source: "https://github.com/supabase/postgres/pull/1788",
    },
    isPublic: true,
    dial: "The direct connection, db.<ref>.supabase.co, not the pooler: by IPv6, or with the add-on for IPv4 (https://supabase.com/docs/guides/database/postgres/setup-replication-external).",
  },
  render: {
    title: "Render",
    publishes: {
      because: "support has to turn it on, in a workspace Pro and with 10 GB or more",
      source: "https://render.com/docs/postgresql-logical-replication",
    },
    subscribes: {
      because: "support has to turn it on, for subscribers too",
      source: "https://render.com/docs/postgresql-logical-replication",
    },
    isPublic: true,
    dial: "The external address of its page, with TLS.",
  },
  fly: {
    title: "Fly.io",
    publishes: { because: "Managed Postgres does not say that it can", source: "https://fly.io/docs/mpg/" },
    subscribes: { because: "Managed Postgres does not say that it can", source: "https://fly.io/docs/mpg/" },
    isPublic: false,
    dial: "It is in the organization's private network only: give an address in it to a server that is in it too, by WireGuard.",
  },
  "cloud-sql": {
    title: "Cloud SQL",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: `The owner needs ALTER USER ... WITH REPLICATION (https://docs.cloud.google.com/sql/docs/postgres/replication/configure-logical-replication). ${byTunnel}`,
  },
  rds: {
    title: "Amazon RDS",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: `The owner needs the role rds_replication (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.FeatureSupport.LogicalReplication.html). ${byTunnel}`,
  },
  "flexible-server": {
    title: "Azure Database for PostgreSQL",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: `The owner needs ALTER ROLE ... WITH REPLICATION, and the server one restart for wal_level (https://learn.microsoft.com/en-us/azure/postgresql/configure-maintain/concepts-logical). ${byTunnel}`,
  },
  "cloudnative-pg": {
    title: "CloudNativePG",
    publishes: true,
    subscribes: true,
    isPublic: false,
    dial: `Its Service is the cluster's own: give the address of one of type LoadBalancer that leads to the instance that writes, open to the other side alone, or of a tunnel.`,
  },
  external: {
    title: "a database of one's own",
    publishes: true,
    subscribes: true,
    isPublic: true,
    dial: "The address at which the other side's server reaches it, never a pooler's.",
  },
  digitalocean: {
    title: "DigitalOcean Managed PostgreSQL",
    publishes: {
      because: "it is not known whether its owner may",
      source: "https://docs.digitalocean.com/products/databases/postgresql/",
    },
    subscribes: {
      because: "it is not known whether its owner may; its own migration is begun and ended by DigitalOcean",
      source: "https://docs.digitalocean.com/products/databases/postgresql/how-to/migrate/",
    },
    isPublic: true,
    dial: "The public address of its page, with the other side's address among its trusted sources.",
  },
} as const satisfies Readonly<Record<string, Capabilities>>;

export type DatabaseKind = keyof typeof capabilities;

/** Companies whose databases are `external` to a cluster, by their hosts. */
const hosts: readonly (readonly [RegExp, DatabaseKind])[] = [
  [/\.neon\.tech$/, "neon"],
  [/\.supabase\.(co|com)$/, "supabase"],
  [/\.render\.com$/, "render"],
  [/\.flympg\.net$/, "fly"],
  [/\.ondigitalocean\.com$/, "digitalocean"],
  [/\.rds\.amazonaws\.com$/, "rds"],
  [/\.postgres\.database\.azure\.com$/, "flexible-server"],
];

/** The cloud's own, by the cluster. DOKS and existing clusters have none. */
const clouds = { gke: "cloud-sql", eks: "rds", aks: "flexible-server" } as const;

/**
 * What kind of database a stack has.
 *
 * @param config of the stack. Absent: the installation on this machine.
 * @param adminUrl output `DATABASE_ADMIN_URL`, which tells whose one is that is `external`. Absent: not known yet.
 */
export function kindOf(config: Config | undefined, adminUrl?: string): DatabaseKind {
  if (config === undefined) return "embedded";
  switch (config.tier) {
    case "local":
    case "vps":
      return "docker-host";
    case "paas":
      return config.database === "platform" ? config.service : config.database;
    case "fly":
      return "fly";
    case "kubernetes":
      if (config.database === "cluster") return "cloudnative-pg";
      if (config.database === "external") return ownerOf(adminUrl);
      return clouds[config.cluster as keyof typeof clouds];
  }
}

function ownerOf(url: string | undefined): DatabaseKind {
  const host = url !== undefined && URL.canParse(url) ? new URL(url).hostname : "";
  return hosts.find(([pattern]) => pattern.test(host))?.[1] ?? "external";
}

/** One end, as far as the path depends on it. */
export interface End {
  /** `mvp` */
  readonly name: string;
  readonly kind: DatabaseKind;
  /** Whether there is an address at which the other side's server reaches it. */
  readonly isDialled: boolean;
}

/**
 * ONLINE where both sides can publish and subscribe, because the way back is by replication too, and reach each other.
 *
 * @param findings of preflight, in which `offline` stands against ONLINE. Default: none, before there are any.
 * @param wish of the operator, who may have OFFLINE always, and ONLINE only where nothing is against it.
 * @returns the path with its reasons, a line each.
 */
export function choosePath(
  source: End,
  target: End,
  findings: readonly Finding[] = [],
  wish?: Path,
): { readonly path: Path; readonly reasons: readonly string[] } {
  if (wish === "OFFLINE") return { path: "OFFLINE", reasons: ["The operator asked for it."] };
  const against = [
    ...[source, target].flatMap(obstaclesOf),
    ...findings
      .filter(({ level }) => level === "offline")
      .map(({ check, found, needed }) => `${check}: ${found}; ONLINE needs ${needed}.`),
  ];
  if (against.length > 0) return { path: "OFFLINE", reasons: against };
  return {
    path: "ONLINE",
    reasons: [`${source.name} and ${target.name} publish and subscribe, and reach each other.`],
  };
}

function obstaclesOf({ name, kind, isDialled }: End): string[] {
  const can: Capabilities = capabilities[kind];
  const no = (verb: string, answer: true | No) =>
    answer === true ? [] : [`${name}: ${can.title} ${verb}: ${answer.because} (${answer.source}).`];
  return [
    ...no("publishes no changes", can.publishes),
    ...no("subscribes to no changes", can.subscribes),
    ...(isDialled
      ? []
      : [`${name}: ${can.title} has no address at which the other side's server reaches it. ${can.dial}`]),
  ];
}
