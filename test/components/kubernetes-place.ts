/** What a capability of tier `kubernetes` is given in tests, and what each of them owes, whoever provides it. */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { shared } from "../../components/cloud-place.ts";
import type {
  Cluster,
  ClusterArgs,
  Destination,
  KubernetesBucket,
  KubernetesBucketArgs,
  KubernetesCache,
  KubernetesCacheArgs,
  KubernetesDatabase,
  KubernetesDatabaseArgs,
  KubernetesPlace,
} from "../../infra/contracts/kubernetes.ts";
import {
  canariesInClear,
  recordProgram,
  Secret,
  type Recording,
  type RecordOptions,
} from "../../infra/testing/index.ts";

export const canaries = ["canary-owner", "canary-service", "canary-cache", "canary-key"];

/** A cluster that somebody else has made. */
const cluster = (): Cluster => ({
  provider: new kubernetes.Provider("cluster", { kubeconfig: "{}" }),
  name: pulumi.output("testfarm-test"),
  pools: {
    api: { nodeSelector: {}, tolerations: [] },
    browser: {
      nodeSelector: { "testfarm/pool": "browser" },
      tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
    },
  },
  ownRanges: pulumi.output(["192.0.2.10/32"]),
  loadBalancer: { annotations: {} },
  kubeconfig: pulumi.output("{}"),
  logs: pulumi.output("https://logs.test/"),
});

/** @param change what a test says otherwise. */
export const placeOf = (change: Partial<KubernetesPlace> = {}): KubernetesPlace => ({
  label: "testfarm-test",
  region: "europe-southwest1",
  project: "farm-project",
  ephemeral: false,
  highAvailability: false,
  once: shared(),
  cluster: cluster(),
  namespace: pulumi.output("testfarm"),
  has: () => false,
  ...change,
});

export const bucketOf = (): KubernetesBucket => ({
  variables: {
    S3_BUCKET: "pictures",
    S3_REGION: "",
    S3_ENDPOINT: "http://s3.test:8333",
    S3_FORCE_PATH_STYLE: "true",
    AWS_ACCESS_KEY_ID: pulumi.secret("canary-key-id"),
    AWS_SECRET_ACCESS_KEY: pulumi.secret("canary-key"),
  },
  destinations: [],
  ready: [],
});

export const databaseArgs = (change: Partial<KubernetesDatabaseArgs> = {}): KubernetesDatabaseArgs => ({
  ...placeOf(change),
  passwords: { owner: pulumi.secret("canary-owner"), service: pulumi.secret("canary-service") },
  bucket: bucketOf(),
  external: { url: "", directUrl: "", adminUrl: "" },
  ...change,
});

export const cacheArgs = (change: Partial<KubernetesCacheArgs> = {}): KubernetesCacheArgs => ({
  ...placeOf(change),
  password: pulumi.secret("canary-cache"),
  external: { url: "", isCluster: false },
  ...change,
});

export const bucketArgs = (change: Partial<KubernetesBucketArgs> = {}): KubernetesBucketArgs => ({
  ...placeOf(change),
  origin: "https://farm.test",
  serviceAccounts: ["api", "worker"],
  externalKey: { id: "", secret: "" },
  ...change,
});

export const clusterArgs = (change: Partial<ClusterArgs> = {}): ClusterArgs => ({
  ...placeOf(),
  adminCidrs: ["198.18.7.7/32"],
  autopilot: false,
  pools: {
    api: { machine: "small", count: 3 },
    browser: { machine: "large", min: 3, max: 5 },
  },
  ...change,
});

interface Row {
  /** What the provider's own API answers. */
  readonly respond?: RecordOptions["respond"];
  /** What its functions answer. */
  readonly call?: RecordOptions["call"];
  /** Names of the resources that hold data, or go with all that does. */
  readonly kept: readonly string[];
}

interface Made {
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
  readonly destinations: readonly Destination[];
}

const run = (make: () => Promise<Made>, { respond, call }: Row, preview = false): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make();
      return { ...variables, destinations };
    },
    { preview, ...(respond && { respond }), ...(call && { call }) },
  );

const keysOf = ({ resources }: Recording) => resources.map(({ key }) => key).toSorted();
const protectedIn = ({ resources }: Recording) =>
  resources.filter(({ protect }) => protect).map(({ name }) => name);
const keptIn = ({ resources }: Recording) =>
  resources.filter(({ protect, retainOnDelete }) => protect && retainOnDelete).map(({ name }) => name);

/** What holds for a database, a cache and a bucket alike. */
function conformance(
  make: (change: { ephemeral?: boolean }) => Promise<Made>,
  row: Row,
  secrets: string[],
): void {
  test("what lets somebody in is secret wherever it stands", async () => {
    const recording = await run(() => make({}), row);
    const inClear = secrets.filter((name) => {
      const value = recording.outputs[name];
      return value !== "" && !(value instanceof Secret);
    });
    expect(inClear).toEqual([]);
    expect(canariesInClear(recording, canaries)).toEqual([]);
  });

  test("its data are protected and kept, unless they may go with the stack", async () => {
    expect(keptIn(await run(() => make({}), row)).toSorted()).toEqual(row.kept.toSorted());
    const ephemeral = await run(() => make({ ephemeral: true }), row);
    expect(ephemeral.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual(
      [],
    );
  });

  test("a preview knows what would be made", async () => {
    expect(keysOf(await run(() => make({}), row, true))).toEqual(keysOf(await run(() => make({}), row)));
  });
}

export const databaseConformance = (
  make: (args: KubernetesDatabaseArgs) => Promise<KubernetesDatabase>,
  row: Row,
): void =>
  conformance((change) => make(databaseArgs(change)), row, [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_ADMIN_URL",
  ]);

export const cacheConformance = (
  make: (args: KubernetesCacheArgs) => Promise<KubernetesCache>,
  row: Row,
): void => conformance((change) => make(cacheArgs(change)), row, ["REDIS_URL"]);

export const bucketConformance = (
  make: (args: KubernetesBucketArgs) => Promise<KubernetesBucket>,
  row: Row,
): void =>
  conformance((change) => make(bucketArgs(change)), row, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);

/** What a cluster owes, whoever runs it. */
export function clusterConformance(
  make: (args: ClusterArgs) => Promise<Cluster>,
  { respond, call, kept }: Row,
): void {
  const start = (change: Partial<ClusterArgs> = {}, preview = false) =>
    recordProgram(
      async () => {
        const { name, ownRanges, kubeconfig, logs, pools } = await make(clusterArgs(change));
        return { name, ownRanges, kubeconfig, logs, pools };
      },
      { preview, ...(respond && { respond }), ...(call && { call }) },
    );

  test("tells its name, its page of logs, and how a kubectl gets in without a secret", async () => {
    const { outputs } = await start();
    for (const name of ["name", "kubeconfig", "logs"]) expect(typeof outputs[name], name).toBe("string");
    expect(outputs["kubeconfig"]).not.toMatch(/password|client-key-data|"token"|^\s*token:/m);
  });

  test("is protected, unless it may go with the stack", async () => {
    expect(protectedIn(await start()).toSorted()).toEqual(kept.toSorted());
    expect(protectedIn(await start({ ephemeral: true }))).toEqual([]);
  });

  test("a preview knows what would be made", async () => {
    expect(keysOf(await start({}, true))).toEqual(keysOf(await start()));
  });
}
