import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/contracts/docker-host.ts";
import { single } from "./container.ts";
import type { Parts } from "./parts.ts";
import { runAs } from "./volumes.ts";

/** `noeviction` is the only policy under which BullMQ loses nothing: https://docs.bullmq.io/guide/going-to-production */
const configuration = (megabytes: number) => `bind 0.0.0.0
port 6379
dir /data
appendonly yes
# Below the container's limit, so that Redis refuses writes before the kernel ends it.
maxmemory ${(megabytes * 3) / 4}mb
maxmemory-policy noeviction
aclfile /etc/redis/users.acl
`;

/** What the application may do: everything but administration, of which BullMQ needs two commands. */
const users = (password: string) => {
  const hash = createHash("sha256").update(password).digest("hex");
  return `user default off
user ${accounts.service} on #${hash} ~* &* +@all -@dangerous +info +client|list
`;
};

/** Redis for queue and events. No port is published. */
export function cache({ args, images, networks, volumes, site }: Parts) {
  const password = pulumi.secret(args.passwords.cache);
  return single(
    "redis",
    {
      image: images.redis,
      networks: [networks.data],
      command: ["redis-server", "/etc/redis/redis.conf"],
      // `redis-cli` reads it; the server itself knows only the hash.
      variables: { REDISCLI_AUTH: password },
      files: [
        { path: "/etc/redis/redis.conf", content: configuration(site.limits.redis.memory) },
        { path: "/etc/redis/users.acl", content: password.apply(users) },
      ],
      volumes: [{ volume: volumes.redis, path: "/data" }],
      user: runAs("redis"),
      init: true,
      health: ["redis-cli", "-e", "--user", accounts.service, "--no-auth-warning", "ping"],
    },
    site,
  );
}
