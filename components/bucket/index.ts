import type { KubernetesBucket, KubernetesBucketArgs } from "../../infra/contracts/kubernetes.ts";
import type { Bucket, BucketArgs } from "../../infra/contracts/managed.ts";

/** Who keeps screenshots. A company's code is loaded when it is chosen. */
export const bucket: {
  readonly [Name in "r2" | "railway" | "tigris"]: (name: string, args: BucketArgs) => Promise<Bucket>;
} = {
  async r2(name, args) {
    const { R2Bucket } = await import("./r2.ts");
    return new R2Bucket(name, args);
  },
  async railway(name, args) {
    const { RailwayBucket } = await import("./railway.ts");
    return new RailwayBucket(name, args);
  },
  async tigris(name, args) {
    const { TigrisBucket } = await import("./tigris.ts");
    return new TigrisBucket(name, args);
  },
};

/** The same beside a cluster, or in it: by the cloud whose own it is, or by where it is. */
export const kubernetesBucket: {
  readonly [Name in "gke" | "eks" | "cluster" | "external"]: (
    name: string,
    args: KubernetesBucketArgs,
  ) => Promise<KubernetesBucket>;
} = {
  async gke(name, args) {
    const { CloudStorageBucket } = await import("./cloud-storage.ts");
    return new CloudStorageBucket(name, args);
  },
  async eks(name, args) {
    const { S3Bucket } = await import("./s3.ts");
    return new S3Bucket(name, args);
  },
  async cluster(name, args) {
    const { SeaweedFsBucket } = await import("./seaweedfs.ts");
    return new SeaweedFsBucket(name, args);
  },
  async external(name, args) {
    const { ExternalBucket } = await import("./external.ts");
    return new ExternalBucket(name, args);
  },
};
