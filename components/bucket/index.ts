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
