import { Cluster } from "ioredis";
import { connectOnce, connectRedis } from "../redis/connect.ts";
import type { RedisAddress, RedisClient } from "../redis/connect.ts";
import type { SessionAnnouncements } from "./contract.ts";
import { channel, relay } from "./relay/relay.ts";
import type { Listening } from "./relay/relay.ts";

export interface RedisAnnouncementsOptions {
  readonly address: RedisAddress;
  /** Hears of lost connections; a new one is made until it succeeds. */
  readonly onError: (error: Error) => void;
}

/**
 * Redis pub/sub, which keeps nothing: what is announced while a process does not listen, it never hears.
 *
 * @throws when Redis cannot be reached.
 */
export async function redisAnnouncements({
  address,
  onError,
}: RedisAnnouncementsOptions): Promise<SessionAnnouncements> {
  const sender = await connectRedis(address, "fail-fast", onError);

  async function listen(
    onMessage: (message: string) => void,
    onLost: (error: Error) => void,
  ): Promise<Listening> {
    // Not ioredis's own way to subscribe again: it hides that announcements were lost.
    const client = await connectOnce(address, someNode(sender));
    client.on("error", onLost);
    client.on("end", () => onLost(new Error("Redis closed the connection that listens for session events.")));
    client.on("message", (_, message) => onMessage(message));
    const close = () => Promise.resolve(client.disconnect());
    try {
      await client.subscribe(channel);
    } catch (error) {
      await close();
      throw error;
    }
    return { check: () => client.ping(), close };
  }

  try {
    const send = (message: string) => sender.publish(channel, message);
    return await relay({ listen, send, close: () => sender.disconnect() }, onError);
  } catch (error) {
    sender.disconnect();
    throw error;
  }
}

/** Any node of a cluster will do to listen: each of them passes on what was published at another one. */
function someNode(client: RedisClient): { host: string; port: number } | undefined {
  if (!(client instanceof Cluster)) return undefined;
  const nodes = client.nodes();
  const { host, port } = nodes[Math.floor(Math.random() * nodes.length)]?.options ?? {};
  return host === undefined || port === undefined ? undefined : { host, port };
}
