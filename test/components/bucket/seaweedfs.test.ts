import { describe, expect, test } from "vitest";
import { SeaweedFsBucket } from "../../../components/bucket/seaweedfs.ts";
import type { KubernetesBucketArgs } from "../../../infra/contracts/kubernetes.ts";
import {
  canariesInClear,
  recordProgram,
  type RecordOptions,
  resourceOf,
  Secret,
} from "../../../infra/testing/index.ts";
import { bucketArgs, bucketConformance } from "../kubernetes-place.ts";

/** What the random provider makes up. */
const respond: RecordOptions["respond"] = ({ type, name }) =>
  type === "random:index/randomPassword:RandomPassword" ? { state: { result: `canary-${name}` } } : {};

const start = (change: Partial<KubernetesBucketArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new SeaweedFsBucket("bucket", bucketArgs(change));
      return { ...variables, destinations };
    },
    { preview: false, respond },
  );

const valuesOf = (recording: Awaited<ReturnType<typeof start>>) =>
  resourceOf(recording, "kubernetes:helm.sh/v3:Release").inputs["values"] as Record<string, never>;

describe("a bucket in the cluster", () => {
  bucketConformance(async (args) => new SeaweedFsBucket("bucket", args), {
    respond,
    kept: ["bucket-key", "bucket-key-id", "seaweedfs", "seaweedfs-namespace", "seaweedfs-secret"],
  });

  test("is reached in the cluster's own network only, with a key of its own", async () => {
    const { outputs } = await start();
    expect(outputs).toMatchObject({
      S3_BUCKET: "testfarm",
      S3_REGION: "us-east-1",
      S3_ENDPOINT: "http://seaweedfs-s3.seaweedfs.svc:8333",
      S3_FORCE_PATH_STYLE: "true",
      destinations: [
        {
          to: {
            namespace: "seaweedfs",
            pods: {
              "app.kubernetes.io/name": "seaweedfs",
              "app.kubernetes.io/instance": "seaweedfs",
              "app.kubernetes.io/component": "filer",
            },
          },
          port: 8333,
        },
      ],
    });
    expect((outputs["AWS_ACCESS_KEY_ID"] as Secret).reveal()).toBe("canary-bucket-key-id");
    expect((outputs["AWS_SECRET_ACCESS_KEY"] as Secret).reveal()).toBe("canary-bucket-key");
  });

  test("the key is good for this bucket, and not for making or removing others", async () => {
    const recording = await start();
    const { inputs } = resourceOf(recording, "kubernetes:core/v1:Secret");
    const { seaweedfs_s3_config } = (inputs["stringData"] as Secret).reveal() as Record<string, string>;
    expect(JSON.parse(seaweedfs_s3_config!)).toEqual({
      identities: [
        {
          name: "testfarm",
          credentials: [{ accessKey: "canary-bucket-key-id", secretKey: "canary-bucket-key" }],
          actions: ["Read:testfarm", "Write:testfarm", "List:testfarm", "Tagging:testfarm"],
        },
      ],
    });
    expect(canariesInClear(recording, ["canary-bucket"])).toEqual([]);
    expect(valuesOf(recording)["filer"]).toMatchObject({
      s3: {
        enabled: true,
        enableAuth: true,
        existingConfigSecret: "s3",
        createBuckets: [{ name: "testfarm" }],
      },
    });
  });

  test("each file is on two of three servers, and names are known in one place", async () => {
    const recording = await start();
    expect(valuesOf(recording)).toMatchObject({
      global: { seaweedfs: { enableReplication: true, replicationPlacement: "001" } },
      master: { replicas: 3 },
      volume: { replicas: 3 },
      filer: { replicas: 1 },
    });
    expect(
      recording.resources
        .filter(({ type }) => type.endsWith("PodDisruptionBudget"))
        .map(({ inputs }) => inputs["spec"]),
    ).toEqual(
      ["master", "volume"].map((component) => ({
        maxUnavailable: 1,
        selector: {
          matchLabels: {
            "app.kubernetes.io/name": "seaweedfs",
            "app.kubernetes.io/instance": "seaweedfs",
            "app.kubernetes.io/component": component,
          },
        },
      })),
    );
  });

  test("nothing is kept on nodes' own disks, and all is on disks of the cluster's class", async () => {
    const cluster = { ...bucketArgs().cluster, storageClass: "kept" };
    const { master, volume, filer } = valuesOf(await start({ cluster })) as Record<string, unknown>;
    const disk = { type: "persistentVolumeClaim", storageClass: "kept" };
    expect(master).toMatchObject({ data: disk, logs: { type: "none" } });
    expect(filer).toMatchObject({ data: disk, logs: { type: "none" } });
    expect(volume).toMatchObject({ dataDirs: [disk] });
    expect(JSON.stringify([master, volume, filer])).not.toContain("hostPath");
  });

  test("S3 is reached by the application and by the database's backups, and nothing else is", async () => {
    const { inputs } = resourceOf(
      await start(),
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "bucket-clients",
    );
    expect(inputs["spec"]).toMatchObject({
      podSelector: { matchLabels: { "app.kubernetes.io/component": "filer" } },
      ingress: [
        {
          from: ["testfarm", "postgres"].map((namespace) => ({
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          })),
          ports: [{ protocol: "TCP", port: 8333 }],
        },
      ],
    });
  });
});
