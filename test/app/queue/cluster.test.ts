import { randomUUID } from "node:crypto";
import { redisProgram, startCluster } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";
import { queueSuite } from "./suite.ts";

await describeWith(redisProgram, "with a Redis Cluster", (program) => {
  let cluster: ReturnType<typeof startCluster> | undefined;
  queueSuite("a cluster of three nodes", async () => ({
    provider: "redis",
    address: await (cluster ??= startCluster(program)),
    prefix: `{${randomUUID()}}`,
  }));
});
