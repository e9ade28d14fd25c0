import { connectRedis, type RedisAddress } from "../redis/connect.ts";
import { evictionPolicies } from "../redis/eviction.ts";
import { ask, bad, good, type Finding } from "./check.ts";

const unreachable = "Check REDIS_URL, and REDIS_CLUSTER where it is one.";

export const redisCheck = (address: RedisAddress): Promise<Finding> =>
  ask("Redis", unreachable, async () => {
    const client = await connectRedis(address, "fail-fast", () => undefined);
    try {
      const policies = await evictionPolicies(client);
      const evicting = policies.find((policy) => policy !== "noeviction");
      if (evicting === undefined) return good("Redis", "answers, and drops nothing when its memory is full");
      return bad(
        "Redis",
        `drops keys when its memory is full (maxmemory-policy ${evicting}), and with them parts of the queue`,
        "Set maxmemory-policy noeviction.",
      );
    } finally {
      client.disconnect();
    }
  });
