import type { ConfigOf } from "../infra/config/schema.ts";
import type { City } from "../infra/hosts/catalogue.ts";
import { managed, type ManagedOutputs } from "./managed.ts";

/** Tier `fly`: everything but queue, pictures and browsers at Fly.io, in several regions. */
export const fly = (config: ConfigOf<"fly">): Promise<ManagedOutputs> =>
  managed(config, {
    service: "fly",
    web: "fly",
    database: "fly",
    cache: config.cache,
    bucket: config.bucket,
    cities: config.regions as [City, ...City[]],
  });
