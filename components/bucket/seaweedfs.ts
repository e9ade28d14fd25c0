import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { KubernetesBucket, KubernetesBucketArgs } from "../../infra/contracts/kubernetes.ts";
import { ingressPolicy, podsIn, rule } from "../charts/ingress-policy.ts";
import { Installation } from "../charts/installation.ts";
import { postgres } from "../charts/postgres.ts";
import { namespace, podsOf, s3Port, values } from "../charts/seaweedfs.ts";

const bucket = "testfarm";
const secret = "s3";

/**
 * A bucket in the cluster, at SeaweedFS, for clouds whose store has no S3 API (Azure's) and clusters without one. Three
 * servers keep files, each of them on two, so that the loss of a node loses none; three masters know which server has
 * what.
 *
 * One server knows the files' names. It starts on another node with its disk when its own is gone, which takes some
 * minutes, in which pictures are neither kept nor shown and the database's log waits. Two of them would each have names
 * that the other one has not yet, and lose parts of uploads.
 *
 * Its key is made with the stack, is good for this bucket alone, and is carried along by nobody: files are copied with
 * it when the product moves. People have no way to it: the application hands out what is in it. A disk grows in place,
 * by hand (docs/charts.md).
 */
export class SeaweedFsBucket extends pulumi.ComponentResource implements KubernetesBucket {
  readonly variables: KubernetesBucket["variables"];
  readonly destinations: KubernetesBucket["destinations"];
  readonly ready: KubernetesBucket["ready"];

  constructor(name: string, args: KubernetesBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:SeaweedFs", name, {}, options);
    const { cluster, ephemeral } = args;
    const keep = !ephemeral;
    const child = { parent: this, provider: cluster.provider };
    const key = (part: string, length: number) =>
      new random.RandomPassword(
        `${name}-${part}`,
        { length, special: false },
        { parent: this, protect: keep, retainOnDelete: keep },
      ).result;
    const id = key("key-id", 20);
    const value = key("key", 40);
    const seaweedfs = new Installation(
      "seaweedfs",
      {
        cluster,
        namespace,
        keep,
        secret: { name: secret, data: { seaweedfs_s3_config: accessOf(id, value) } },
        values: { seaweedfs: values(secret, bucket, cluster.storageClass) },
      },
      { parent: this },
    );
    for (const part of ["master", "volume"] as const)
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-${part}`,
        {
          metadata: { name: part, namespace: seaweedfs.namespace },
          spec: { maxUnavailable: 1, selector: { matchLabels: podsOf(part) } },
        },
        child,
      );
    const pods = podsOf("filer");
    ingressPolicy(
      name,
      {
        namespace: seaweedfs.namespace,
        figures: [9327],
        pods,
        rules: [rule([podsIn(args.namespace), podsIn(postgres)], s3Port)],
      },
      child,
    );
    this.variables = {
      S3_BUCKET: bucket,
      S3_REGION: "us-east-1",
      S3_ENDPOINT: pulumi.interpolate`http://seaweedfs-s3.${seaweedfs.namespace}.svc:${s3Port}`,
      S3_FORCE_PATH_STYLE: "true",
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: value,
    };
    this.destinations = [{ to: { namespace: seaweedfs.namespace, pods }, port: s3Port }];
    this.ready = seaweedfs.ready;
    this.registerOutputs();
  }
}

/** Who may do what: https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API */
const accessOf = (accessKey: pulumi.Output<string>, secretKey: pulumi.Output<string>) =>
  pulumi.jsonStringify({
    identities: [
      {
        name: bucket,
        credentials: [{ accessKey, secretKey }],
        actions: ["Read", "Write", "List", "Tagging"].map((action) => `${action}:${bucket}`),
      },
    ],
  });
