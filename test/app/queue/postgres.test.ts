import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { migrate } from "../../../app/db/migrate.ts";
import { emptyDatabase, migratedDatabase } from "../../support/postgres.ts";
import { openQueue } from "../../support/queue-place.ts";
import { ignore, newJob, queueSuite } from "./suite.ts";

queueSuite("postgres", async () => ({ provider: "postgres", url: await migratedDatabase() }));

test("the queue on postgres needs no right beyond those that the account app is granted", async () => {
  const url = await emptyDatabase();
  const owner = new Client({ connectionString: url });
  await owner.connect();
  await owner.query("CREATE ROLE app LOGIN PASSWORD 'app'");
  await migrate(url);
  const queue = await openQueue({
    provider: "postgres",
    url: Object.assign(new URL(url), { username: "app", password: "app" }).href,
  });
  const run = vi.fn<() => Promise<void>>(ignore);
  await queue.add(newJob());
  const consumer = await queue.consume({ run, giveUp: ignore }, { concurrency: 1 });
  await vi.waitFor(() => expect(run).toHaveBeenCalled());
  await consumer.close();
  await queue.close();
  await owner.query("DROP OWNED BY app");
  await owner.query("DROP ROLE app");
  await owner.end();
});
