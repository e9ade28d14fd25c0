/** A worker process that takes sessions, says so on its output, and never finishes one: to be killed. */
import { openQueue } from "./queue-place.ts";
import type { QueuePlace } from "./queue-place.ts";

const queue = await openQueue(JSON.parse(process.argv[2]!) as QueuePlace);
await queue.consume(
  {
    run: ({ sessionId }) => {
      console.log(sessionId);
      return new Promise(() => undefined);
    },
    giveUp: () => Promise.resolve(),
  },
  { concurrency: 10 },
);
// Whoever started it is gone, and with it whoever would kill it.
process.stdin.on("end", () => process.exit()).resume();
