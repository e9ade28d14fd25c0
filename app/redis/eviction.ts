import { Cluster } from "ioredis";
import type { RedisClient } from "./connect.ts";

/** What each server does when its memory is full; empty where none says. `INFO` tells it where `CONFIG` is forbidden. */
export async function evictionPolicies(client: RedisClient): Promise<string[]> {
  const servers = client instanceof Cluster ? client.nodes("master") : [client];
  const infos = await Promise.all(servers.map((server) => server.info("memory")));
  return infos.flatMap((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? []);
}
