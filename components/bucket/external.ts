import * as pulumi from "@pulumi/pulumi";
import type { KubernetesBucket, KubernetesBucketArgs } from "../../infra/contracts/kubernetes.ts";
import { storeAt } from "../external/destination.ts";

/**
 * A private bucket that is there, at AWS or at another store with S3's API, with a key for it. For a page to show
 * pictures in it browsers must be able to reach it, by https. Pods may reach it by a name on port 443, at an IPv4
 * address, or else at any address on its port.
 *
 * @throws {pulumi.RunError} when its endpoint is on port 80.
 */
export class ExternalBucket extends pulumi.ComponentResource implements KubernetesBucket {
  readonly variables: KubernetesBucket["variables"];
  readonly destinations: KubernetesBucket["destinations"];
  readonly ready: KubernetesBucket["ready"] = [];

  constructor(
    name: string,
    { external, externalKey }: KubernetesBucketArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("testfarm:bucket:External", name, {}, options);
    // The configuration has made sure that it is there.
    const { bucket, region, endpoint, forcePathStyle } = external!;
    this.variables = {
      S3_BUCKET: bucket,
      S3_REGION: region ?? "us-east-1",
      S3_ENDPOINT: endpoint ?? "",
      S3_FORCE_PATH_STYLE: `${forcePathStyle}`,
      AWS_ACCESS_KEY_ID: pulumi.secret(externalKey.id),
      AWS_SECRET_ACCESS_KEY: pulumi.secret(externalKey.secret),
    };
    this.destinations = endpoint === undefined ? [] : storeAt(endpoint);
    this.registerOutputs();
  }
}
