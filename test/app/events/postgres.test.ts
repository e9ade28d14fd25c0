import { randomUUID } from "node:crypto";
import { Client, Pool } from "pg";
import { announcements } from "../../../app/events/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { emptyDatabase } from "../../support/postgres.ts";
import { announcementsSuite } from "./suite.ts";

announcementsSuite("postgres", async () => {
  const url = await emptyDatabase();
  return async () => {
    const pool = new Pool({ connectionString: url, max: 2 });
    // Names the connection, so that it can be told from those of the other processes.
    const application = randomUUID();
    const direct = new URL(url);
    direct.searchParams.set("application_name", application);
    const opened = await announcements.postgres({ pool, directUrl: direct.href, onError: () => undefined });
    atEnd(() => pool.end());
    atEnd(opened.close);
    return {
      announcements: opened,
      async breakListening() {
        const client = new Client({ connectionString: url });
        await client.connect();
        const { rowCount } = await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
          [application],
        );
        await client.end();
        if (rowCount !== 1) throw new Error(`One connection listens, and ${rowCount} were broken.`);
      },
    };
  };
});
