/**
 * The role `worker` in a process of its own, on real services, whose sessions are written by a script in place of a
 * browser: a step every 100 ms, for as many steps as the objective says. Arguments: the database's address, the storage
 * directory, and Redis's address, where queue and events are not to be on PostgreSQL.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { openServices } from "../../app/services.ts";
import { startWorker } from "../../app/worker/start.ts";
import { scriptedSession } from "./scripted-session.ts";

const [databaseUrl, storageDirectory, redisUrl] = process.argv.slice(2) as [string, string, string?];
const redis = redisUrl === undefined ? undefined : { url: redisUrl, isCluster: false };
const addresses = { databaseUrl, directUrl: databaseUrl, redis, storageDirectory };
const services = await openServices(addresses, pino({ level: "silent" }));
await startWorker({ ...services, ...scriptedSession(() => sleep(100)), concurrency: 1 });
console.log("ready");
// Whoever started it is gone, and with it whoever would kill it.
process.stdin.on("end", () => process.exit()).resume();
