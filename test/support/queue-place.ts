import type { SessionQueue } from "../../app/queue/contract.ts";
import { queues } from "../../app/queue/index.ts";
import type { RedisAddress } from "../../app/redis/connect.ts";

/** Where a queue is kept, in a form that another process can be told. */
export type QueuePlace =
  | { readonly provider: "postgres"; readonly url: string }
  | { readonly provider: "redis"; readonly address: RedisAddress; readonly prefix: string };

const quiet = () => undefined;

export const openQueue = (place: QueuePlace): Promise<SessionQueue> =>
  place.provider === "postgres"
    ? queues.postgres({ url: place.url, onError: quiet })
    : queues.redis({ address: place.address, prefix: place.prefix, onError: quiet, warn: quiet });
