import { type GraphqlBehaviour, Refusal } from "../graphql.ts";
import { type Input, type State, the } from "./state.ts";

export const bucketBehaviour = ({ buckets, newId }: State): GraphqlBehaviour => ({
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
      },
    ];
  },
});
