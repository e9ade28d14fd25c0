import type { Bucket } from "./contract.ts";
import { diskStorage } from "./disk.ts";

/** Where pictures are kept. The SDK of S3 is loaded only where there is a bucket. */
export const storages = {
  disk: diskStorage,
  s3: async (bucket: Bucket) => (await import("./s3.ts")).s3Storage(bucket),
} as const;
