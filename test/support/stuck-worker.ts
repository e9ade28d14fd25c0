/** A worker process that takes sessions, says so on its output, and never finishes one: to be killed. */
import { queues } from "../../app/queue/index.ts";

const [name, url] = process.argv.slice(2);
const queue = await queues[name as keyof typeof queues](url!, (error) => console.error(error));
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
