import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { ask, bad, good, type Finding, warning } from "./check.ts";

const oldest = 17;
/** Seconds that the clocks of two machines may differ before times in the page look wrong. */
const skew = 5;

const migrate = "Run the role migrate with DATABASE_ADMIN_URL.";

interface Addresses {
  readonly databaseUrl: string;
  readonly directUrl: string;
}

export async function databaseChecks({ databaseUrl, directUrl }: Addresses): Promise<Finding[]> {
  const first = await ask("database", "Check DATABASE_URL: host, port, user, password, TLS.", () =>
    version(databaseUrl),
  );
  if (first.state === "bad") return [first];
  const others = await Promise.all([
    ask("migrations", migrate, () => migrations(databaseUrl)),
    ask("clock", "Check DATABASE_URL.", () => clock(databaseUrl)),
    ask("direct connection", "Check DATABASE_DIRECT_URL.", () => direct(directUrl)),
  ]);
  return [first, ...others];
}

async function on<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  return use(client).finally(() => client.end());
}

const version = (url: string): Promise<Finding> =>
  on(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    const found = rows[0]?.server_version ?? "of unknown version";
    if (Number.parseInt(found, 10) >= oldest) return good("database", `PostgreSQL ${found} answers`);
    return warning(
      "database",
      `PostgreSQL ${found} answers; every tier of TestFarm runs ${oldest}`,
      `Move to PostgreSQL ${oldest}, so that a later move to another tier is not one to an older version.`,
    );
  });

const migrations = (url: string): Promise<Finding> =>
  on(url, async (client) => {
    const journal = join(import.meta.dirname, "../db/migrations/meta/_journal.json");
    const { entries } = JSON.parse(await readFile(journal, "utf8")) as { entries: { when: number }[] };
    const { rows } = await client.query<{ applied: string }>(
      "SELECT count(*) AS applied FROM drizzle.__drizzle_migrations WHERE created_at = ANY($1)",
      [entries.map(({ when }) => when)],
    );
    const applied = Number(rows[0]?.applied);
    if (applied === entries.length) return good("migrations", `all ${applied} are applied`);
    return bad("migrations", `${entries.length - applied} of ${entries.length} are not applied`, migrate);
  });

const clock = (url: string): Promise<Finding> =>
  on(url, async (client) => {
    const { rows } = await client.query<{ now: Date }>("SELECT clock_timestamp() AS now");
    const seconds = Math.abs(Date.now() - (rows[0]?.now.getTime() ?? 0)) / 1_000;
    if (seconds <= skew) return good("clock", "agrees with the database's");
    return bad(
      "clock",
      `differs by ${Math.round(seconds)} s from the database's`,
      "Let NTP set both machines' clocks.",
    );
  });

/** Behind a pooler in transaction mode a LISTEN is forgotten at once, whatever the pooler's name is. */
const direct = (url: string): Promise<Finding> =>
  on(url, async (listener) => {
    const channel = "testfarm_doctor";
    const heard = new Promise<boolean>((resolve) => listener.once("notification", () => resolve(true)));
    await listener.query(`LISTEN ${channel}`);
    await on(url, (sender) => sender.query(`NOTIFY ${channel}`));
    if (await Promise.race([heard, sleep(2_000, false)])) {
      return good("direct connection", "keeps its session: LISTEN and advisory locks work");
    }
    return bad(
      "direct connection",
      "is pooled in transaction mode: LISTEN hears nothing, and advisory locks do not hold",
      "Set DATABASE_DIRECT_URL to the address without the pooler.",
    );
  });
