import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
import { cloudNativePg } from "../charts/cloudnative-pg.ts";
import { ingressPolicy, podsIn, rule, scaler, whoeverIs } from "../charts/ingress-policy.ts";
import { namespaceFor } from "../charts/namespace.ts";
import { cluster, nightly, pods, pooler, postgres, store } from "../charts/postgres.ts";
import { databaseUrl } from "../database-address.ts";

const port = 5432;

/**
 * PostgreSQL 17 in the cluster, run by CloudNativePG: three instances on nodes and in zones of their own, of which one
 * writes and another one has on disk what is acknowledged. When the first one is gone, one that has everything takes
 * over. Where no other instance is left, or none is sure to have everything, nothing is written until it is: a session
 * can be run again, a result that was acknowledged cannot.
 *
 * The log goes to the bucket as it is written, under `postgres/`, with a whole copy each night: any moment of the last
 * two weeks can be restored (docs/charts.md). Where the bucket has no key, the account `postgres` of namespace
 * `postgres` must be let in to it by the cloud.
 *
 * Services ask by PgBouncer, in transaction mode; what needs a session goes to the instance that writes. Both are
 * reached in the cluster's own network only, without TLS: passwords are proven by SCRAM and never sent, and the rest is
 * as secret as that network. CloudNativePG's certificates are of an authority that is made with the database, which the
 * application could not know.
 *
 * Version within 17, memory and settings are changed one instance after the other. A disk grows in place and does not
 * shrink. `highAvailability` changes nothing here.
 */
export class CloudNativePgDatabase extends pulumi.ComponentResource implements KubernetesDatabase {
  readonly variables: KubernetesDatabase["variables"];
  readonly destinations: KubernetesDatabase["destinations"];
  readonly ready: KubernetesDatabase["ready"];

  constructor(name: string, args: KubernetesDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:database:CloudNativePg", name, {}, options);
    const { bucket, passwords } = args;
    const operator = cloudNativePg(args);
    const keep = !args.ephemeral;
    const child = {
      parent: this,
      provider: args.cluster.provider,
      dependsOn: [...operator, ...bucket.ready],
    };
    const kept = { ...child, protect: keep, retainOnDelete: keep };

    const { metadata } = namespaceFor(
      `${name}-namespace`,
      { cluster: args.cluster, namespace: postgres, keep },
      this,
    );
    const namespace = metadata.name;
    const secret = (object: string, type: string, stringData: Record<string, pulumi.Input<string>>) =>
      new kubernetes.core.v1.Secret(
        `${name}-${object}`,
        { metadata: { name: object, namespace, labels: { "cnpg.io/reload": "true" } }, type, stringData },
        kept,
      ).metadata.name;
    const custom = (object: string, kind: Kind, spec: object, opts: pulumi.CustomResourceOptions) =>
      new kubernetes.apiextensions.CustomResource(
        object === postgres ? name : `${name}-${object}`,
        { ...kinds[kind], kind, metadata: { name: object, namespace, annotations: annotations[kind] }, spec },
        opts,
      );

    const owner = secret("owner", "kubernetes.io/basic-auth", {
      username: accounts.owner,
      password: passwords.owner,
    });
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = bucket.variables;
    const key =
      AWS_ACCESS_KEY_ID === ""
        ? undefined
        : secret("bucket", "Opaque", { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    const archive = custom("archive", "ObjectStore", store(bucket.variables, key), kept);
    const instances = custom(
      postgres,
      "Cluster",
      cluster(owner, archive.metadata.name, args.cluster.storageClass),
      kept,
    );
    const ofInstances = instances.metadata.name;
    custom("nightly", "ScheduledBackup", nightly(ofInstances), child);
    const pool = custom(`${postgres}-pooler`, "Pooler", pooler(ofInstances), child);
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-pooler`,
      {
        metadata: { name: `${postgres}-pooler`, namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: pods.pooler } },
      },
      child,
    );
    ingressPolicy(
      name,
      {
        namespace,
        figures: [9187, 9127],
        rules: [
          rule([podsIn(args.namespace), scaler], port),
          rule([whoeverIs({ "app.kubernetes.io/name": "cloudnative-pg" })], port, 8000),
        ],
      },
      child,
    );

    const at = (service: pulumi.Input<string>) => ({
      host: pulumi.interpolate`${service}.${namespace}.svc`,
      port,
      database: accounts.database,
      isPrivate: true,
    });
    const writer = at(pulumi.interpolate`${ofInstances}-rw`);
    this.variables = {
      DATABASE_URL: databaseUrl(at(pool.metadata.name), accounts.service, passwords.service),
      DATABASE_DIRECT_URL: databaseUrl(writer, accounts.service, passwords.service),
      DATABASE_ADMIN_URL: databaseUrl(writer, accounts.owner, passwords.owner),
    };
    this.destinations = [pods.instances, pods.pooler].map((labels) => ({
      to: { namespace, pods: labels },
      port,
    }));
    this.ready = [instances, pool];
    this.registerOutputs();
  }
}

const kinds = {
  ObjectStore: { apiVersion: "barmancloud.cnpg.io/v1" },
  Cluster: { apiVersion: "postgresql.cnpg.io/v1" },
  ScheduledBackup: { apiVersion: "postgresql.cnpg.io/v1" },
  Pooler: { apiVersion: "postgresql.cnpg.io/v1" },
} as const;
type Kind = keyof typeof kinds;

/** The database is there when all of its instances are, which takes as long as disks and images do. */
const annotations: { readonly [Name in Kind]?: Readonly<Record<string, string>> } = {
  Cluster: { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "1200" },
};
