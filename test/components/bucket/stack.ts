import { StackAccounts } from "../../../components/accounts.ts";
import { bucket } from "../../../components/bucket/index.ts";
import type { Bucket, BucketArgs } from "../../../infra/contracts/managed.ts";
import type { RecordedResource, Recording, Response } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

export type Company = keyof typeof bucket;

export const accounts = {
  cloudflare: "4793d734c0b8e484dfc37ec392b5fa8a",
  fly: "farm",
  railway: "11111111-1111-1111-1111-111111111111",
};
export const origin = "https://farm.test";
export const tokens = { flyToken: "canary-fly-token", railwayToken: "canary-railway-token" };

/** What a company answers when its resources are made. */
const answers: Readonly<Record<string, Response>> = {
  "cloudflare:index/accountToken:AccountToken": {
    id: "canary-token-id",
    state: { value: "canary-token-value" },
  },
  "random:index/randomId:RandomId": { state: { hex: "a1b2c3" } },
  "testfarm:fly:Organization": { state: { nodeId: "org-node-1" } },
  "testfarm:fly:Bucket": {
    state: {
      bucket: "testfarm-test-a1b2c3",
      endpoint: "https://fly.storage.tigris.dev",
      accessKeyId: "canary-tigris-id",
      secretAccessKey: "canary-tigris-secret",
    },
  },
  "testfarm:railway:Project": { id: "project-1", state: { environment: "environment-1" } },
  "testfarm:railway:Bucket": {
    state: {
      bucket: "testfarm-test-jdhhd8oe18xi",
      endpoint: "https://storage.railway.app",
      s3Region: "auto",
      urlStyle: "virtual",
      accessKeyId: "canary-railway-id",
      secretAccessKey: "canary-railway-secret",
    },
  },
};

/** A stack with a bucket at a company; its outputs are the bucket's variables. */
export const start = (
  company: Company,
  change: Partial<BucketArgs> = {},
  { preview = false, answer = {} as NonNullable<Response["state"]> } = {},
): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables }: Bucket = await bucket[company]("bucket", {
        accounts: new StackAccounts({ accounts, endpoints: {}, secrets: ["flyToken", "railwayToken"] }),
        label: "testfarm-test",
        near: "new-york",
        ephemeral: false,
        origin,
        ...change,
      });
      return { ...variables };
    },
    {
      preview,
      config: Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`testfarm:${name}`, value])),
      secretKeys: Object.keys(tokens).map((name) => `testfarm:${name}`),
      respond: ({ type }: Pick<RecordedResource, "type">) => {
        const { state = {}, ...rest } = answers[type] ?? {};
        return { ...rest, state: { ...state, ...(type in answers && answer) } };
      },
    },
  );
