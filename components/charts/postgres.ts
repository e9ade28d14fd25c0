/** What CloudNativePG is told of the database: its objects' `spec`. */
import { type Input, interpolate, output } from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { KubernetesBucket } from "../../infra/contracts/kubernetes.ts";
import { resources } from "./resources.ts";

/** Its pods, Services and copies in the bucket are named after it. */
export const postgres = "postgres";

/**
 * From the catalogue of CloudNativePG (https://github.com/cloudnative-pg/artifacts,
 * image-catalogs/catalog-minimal-trixie.yaml, read 2026-11-26).
 */
const image =
  "ghcr.io/cloudnative-pg/postgresql:17.11-202608170816-minimal-trixie@sha256:445ead3fd811466950a002b682a97c2a4907078b46fae8796b6637a763266a07";

/** The plugin that archives. */
const plugin = "barman-cloud.cloudnative-pg.io";

/** How far back a moment can be restored. */
const retention = "14d";

/** Pods on nodes and in zones of their own, as long as there are enough: on a single node they run too. */
const spread = (matchLabels: Readonly<Record<string, string>>) =>
  ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  }));

/** Labels of the pods. */
export const pods = {
  instances: { "cnpg.io/cluster": postgres, "cnpg.io/podRole": "instance" },
  pooler: { "cnpg.io/poolerName": `${postgres}-pooler` },
} as const;

/**
 * Three instances. A write is acknowledged when one more has it on disk (`dataDurability: required`), and an instance
 * takes over only where those that are left are sure to have everything (`failoverQuorum`).
 */
export const cluster = (owner: Input<string>, archive: Input<string>, storageClass: string | undefined) => ({
  instances: 3,
  imageName: image,
  bootstrap: {
    initdb: {
      database: accounts.database,
      owner: accounts.owner,
      secret: { name: owner },
      dataChecksums: true,
      // It makes the account of services, and copies rows when the product moves.
      postInitSQL: [`ALTER ROLE ${accounts.owner} CREATEROLE REPLICATION`],
    },
  },
  postgresql: {
    parameters: { max_connections: "200", shared_buffers: "192MB", wal_level: "logical" },
    synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
  },
  primaryUpdateMethod: "switchover",
  enableSuperuserAccess: false,
  resources: resources(768, { request: 250, limit: 2000 }),
  storage: { size: "20Gi", ...(storageClass !== undefined && { storageClass }) },
  topologySpreadConstraints: spread(pods.instances),
  plugins: [{ name: plugin, isWALArchiver: true, parameters: { barmanObjectName: archive } }],
});

/** PgBouncer: two pods in front of the instance that writes. */
export const pooler = (name: Input<string>) => ({
  cluster: { name },
  instances: 2,
  type: "rw",
  pgbouncer: {
    poolMode: "transaction",
    parameters: { max_client_conn: "1000", default_pool_size: "40" },
  },
  template: {
    spec: {
      containers: [{ name: "pgbouncer", resources: resources(64, { request: 50, limit: 1000 }) }],
      topologySpreadConstraints: spread(pods.pooler),
    },
  },
});

/**
 * Where copies and the log go.
 *
 * @param key Secret with the bucket's key. Absent: pods get in by who they are.
 */
export const store = (
  { S3_BUCKET, S3_ENDPOINT, S3_REGION }: KubernetesBucket["variables"],
  key: Input<string> | undefined,
) => ({
  retentionPolicy: retention,
  configuration: {
    destinationPath: interpolate`s3://${S3_BUCKET}/${postgres}`,
    ...(S3_ENDPOINT !== "" && { endpointURL: S3_ENDPOINT }),
    s3Credentials:
      key === undefined
        ? { inheritFromIAMRole: true }
        : {
            accessKeyId: { name: key, key: "AWS_ACCESS_KEY_ID" },
            secretAccessKey: { name: key, key: "AWS_SECRET_ACCESS_KEY" },
          },
    data: { compression: "gzip" },
    wal: { compression: "gzip" },
  },
  instanceSidecarConfiguration: {
    resources: resources(256, { request: 50, limit: 1000 }),
    env: [
      { name: "AWS_DEFAULT_REGION", value: output(S3_REGION).apply((region) => region || "us-east-1") },
      // Not every store knows the checksums that the SDK adds by itself
      // (https://github.com/cloudnative-pg/plugin-barman-cloud/issues/393).
      { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
      { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
    ],
  },
});

/** A whole copy, the first one at once and then each night (UTC, with seconds), made by an instance that does not write. */
export const nightly = (name: Input<string>) => ({
  cluster: { name },
  schedule: "0 30 2 * * *",
  immediate: true,
  backupOwnerReference: "cluster",
  method: "plugin",
  pluginConfiguration: { name: plugin },
  target: "prefer-standby",
});
