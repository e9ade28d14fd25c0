/** Adds a session to the queue on the Redis whose address it gets, and says whether the queue holds it. */
import { randomUUID } from "node:crypto";
import { openQueue } from "./queue-place.ts";

const address = { url: process.argv[2]!, isCluster: false };
const queue = await openQueue({ provider: "redis", address, prefix: `{${randomUUID()}}` });
const job = { orgId: randomUUID(), sessionId: randomUUID() };
await queue.add(job);
console.log(await queue.holds(job));
await queue.close();
