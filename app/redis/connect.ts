import { Cluster, Redis } from "ioredis";
import type { RedisOptions } from "ioredis";

export interface RedisAddress {
  /** `rediss://user:password@host:port/db`; `rediss` is TLS. */
  readonly url: string;
  /** Whether that is a node of a Redis Cluster. */
  readonly isCluster: boolean;
}

export type RedisClient = Redis | Cluster;

/**
 * How a connection bears that Redis is away. `fail-fast` rejects at once, for who can go on without an answer; `wait`
 * keeps every command until it can be sent, as BullMQ's workers need it.
 */
const manners = {
  "fail-fast": { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 5_000 },
  wait: { enableOfflineQueue: true, maxRetriesPerRequest: null },
} as const satisfies Record<string, RedisOptions>;

/**
 * A connection that is ready, and is made again by itself when it is lost.
 *
 * @param onError hears of every loss and every failure to connect again.
 * @throws when Redis cannot be reached, or lets nobody in with this address.
 */
export async function connectRedis(
  address: RedisAddress,
  manner: keyof typeof manners,
  onError: (error: Error) => void,
): Promise<RedisClient> {
  const { host, port, ...access } = parse(address.url);
  const { enableOfflineQueue, ...requests } = manners[manner];
  const redisOptions = { ...access, ...requests };
  const client = address.isCluster
    ? new Cluster([{ host, port }], {
        lazyConnect: true,
        enableOfflineQueue,
        redisOptions,
        // A certificate is for the host's name; ioredis would connect to the number behind it.
        dnsLookup: (name, callback) => callback(null, name),
      })
    : new Redis({ host, port, lazyConnect: true, enableOfflineQueue, ...redisOptions });
  await firstConnect(client, `${host}:${port}`);
  client.on("error", onError);
  return client;
}

/**
 * One connection to one server, which ends when it is lost: for who has to know of it.
 *
 * @param node a node of the cluster that is known to be there, in place of the one in the address.
 */
export async function connectOnce(
  { url }: RedisAddress,
  node?: { readonly host: string; readonly port: number },
): Promise<Redis> {
  const client = new Redis({
    ...parse(url),
    ...node,
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: 5_000,
  });
  await firstConnect(client, `${client.options.host}:${client.options.port}`);
  return client;
}

/** ioredis rejects with "Connection is closed", and says why only in an event. */
async function firstConnect(client: RedisClient, place: string): Promise<void> {
  let reason: Error | undefined;
  const keepReason = (error: Error) => {
    reason = (error as { lastNodeError?: Error }).lastNodeError ?? error;
  };
  client.on("error", keepReason);
  const failure = await client.connect().then(
    () => undefined,
    (error: Error) => reason ?? error,
  );
  if (failure === undefined) {
    client.off("error", keepReason);
    return;
  }
  client.disconnect();
  throw new Error(
    `Redis at ${place} cannot be used: ${failure.message}. Is it running, and is REDIS_URL its address with user and password?`,
    { cause: failure },
  );
}

function parse(address: string) {
  const { protocol, hostname, port, username, password, pathname } = new URL(address);
  return {
    // An address of IPv6 stands in brackets in a URL, and only there.
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" && { tls: {} }),
  };
}
