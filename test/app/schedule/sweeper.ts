/** An instance that sweeps when it is told to, at the time that it is told: a line of input is an ISO time. */
import { createInterface } from "node:readline";
import { pino } from "pino";
import { sweep } from "../../../app/schedule/sweep.ts";
import { openServices } from "../../../app/services.ts";

const [databaseUrl, storageDirectory] = process.argv.slice(2) as [string, string];
const addresses = { databaseUrl, directUrl: databaseUrl, storageDirectory };
const { db, queue } = await openServices(addresses, pino({ level: "silent" }));
console.log("ready");
for await (const line of createInterface(process.stdin)) {
  const started = await sweep(db, queue, new Date(line));
  console.log(`started ${started.length}`);
}
// Whoever started it is gone, and with it whoever would kill it.
process.exit();
