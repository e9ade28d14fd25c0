import { type GraphqlBehaviour, Refusal } from "../graphql.ts";
import { type Input, type State, the } from "./state.ts";

/** Where a bucket is for S3, and who opens it, in Railway's words. */
export interface BucketAddress {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucketName: string;
  readonly endpoint: string;
  readonly region: string;
  readonly urlStyle: "virtual" | "path";
}

/** @param address of the bucket that every one stands for. Default: of nothing. */
export const bucketBehaviour = ({ buckets, newId }: State, address?: BucketAddress): GraphqlBehaviour => ({
  /** It is in no environment before that one's configuration says so. */
  "POST bucketCreate"({ input }: Input<{ readonly name: string; readonly projectId: string }>) {
    const id = newId();
    buckets.set(id, { ...input, left: 2 });
    return { id, name: input.name };
  },
  "GET bucketS3Credentials"({ bucketId }: { readonly bucketId: string }) {
    const found = the(buckets, bucketId, "BucketInstance");
    if (found.region === undefined || found.isDeleted) throw new Refusal("BucketInstance not found");
    if (found.left-- > 0) return [];
    return [
      {
        accessKeyId: "canary-access-of-bucket",
        secretAccessKey: "canary-secret-of-bucket",
        bucketName: `${found.name}-jdhhd8oe18xi`,
        endpoint: "https://storage.railway.app",
        region: "auto",
        urlStyle: "virtual",
        ...address,
      },
    ];
  },
});
