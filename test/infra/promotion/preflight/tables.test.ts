import { beforeAll, describe, expect, test } from "vitest";
import {
  emptiness,
  extensions,
  migrations,
  replicaIdentity,
  unlogged,
} from "../../../../infra/promotion/preflight/tables.ts";
import { programsWithout, seed, type Server, startServer, startServerWith } from "../replication/server.ts";
import { databaseOn, endAt, ok, run } from "./ends.ts";

let rich: Server;
/** Does not offer every extension. */
let poor: Server;

beforeAll(async () => {
  const programs = await programsWithout("citext");
  [rich, poor] = await Promise.all([startServer(), startServerWith(programs, "wal_level=replica")]);
});

describe("what the tables are like", () => {
  test("one without a primary key is named", async () => {
    const end = await databaseOn(rich, "mvp");
    await end.client.query(
      `CREATE TABLE keyed (id int PRIMARY KEY); CREATE TABLE loose (id int NOT NULL);
       CREATE TABLE silent (id int PRIMARY KEY); ALTER TABLE silent REPLICA IDENTITY NOTHING`,
    );
    expect(await replicaIdentity(end)).toMatchObject({ level: "offline", found: "loose, silent without" });
    await end.client.query(
      `ALTER TABLE loose REPLICA IDENTITY FULL; CREATE UNIQUE INDEX other ON silent (id);
       ALTER TABLE silent REPLICA IDENTITY USING INDEX other`,
    );
    expect(await replicaIdentity(end)).toMatchObject(ok);
    expect(await replicaIdentity(await endAt("mvp", rich.url))).toMatchObject(ok);
  });

  test("an unlogged one is named", async () => {
    const end = await databaseOn(rich, "mvp");
    await end.client.query("CREATE UNLOGGED TABLE fast (id int PRIMARY KEY)");
    expect(await unlogged(end)).toMatchObject({ level: "offline", found: "fast" });
    await end.client.query("ALTER TABLE fast SET LOGGED");
    expect(await unlogged(end)).toMatchObject(ok);
  });

  test("an extension that one needs has to be offered, and no other", async () => {
    const source = await databaseOn(rich, "mvp");
    const target = await databaseOn(poor, "next");
    await source.client.query(
      "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TABLE names (id int PRIMARY KEY)",
    );
    expect(await extensions({ run, source, target })).toMatchObject(ok);
    await source.client.query("CREATE INDEX ON names ((citext(id::text)))");
    expect(await extensions({ run, source, target })).toMatchObject({
      level: "blocks",
      found: "citext is not offered there",
    });
    await source.client.query("DROP TABLE names; CREATE TABLE names (id int PRIMARY KEY, name citext)");
    expect(await extensions({ run, source, target })).toMatchObject({ level: "blocks" });
    expect(await extensions({ run, source, target: source })).toMatchObject(ok);
  });

  test("both sides have to have the same migrations", async () => {
    const [source, target] = await Promise.all([endAt("mvp", rich.url), endAt("next", poor.url)]);
    expect(await migrations({ run, source, target })).toMatchObject(ok);
    await target.client.query("BEGIN; UPDATE drizzle.__drizzle_migrations SET hash = 'other' WHERE id = 1");
    expect(await migrations({ run, source, target })).toMatchObject({
      level: "blocks",
      found: "1 of mvp's are missing, and 1 are its own",
    });
    await target.client.query("ROLLBACK");
    expect(await migrations({ run, source: await databaseOn(rich, "mvp"), target })).toMatchObject({
      level: "blocks",
      found: expect.stringContaining("not the application's"),
    });
  });

  test("nobody's data may be on the target", async () => {
    const [source, target] = await Promise.all([endAt("mvp", rich.url), endAt("next", poor.url)]);
    expect(await emptiness({ run, source, target })).toMatchObject({ ...ok, found: "nothing" });
    await target.client.query("INSERT INTO rate_limits (key, count, last_request) VALUES ('x', 1, 1)");
    expect(await emptiness({ run, source, target })).toMatchObject({
      ...ok,
      found: "rows in rate_limits, which go",
    });
    await seed(poor.url, 3);
    expect(await emptiness({ run, source, target })).toMatchObject({
      level: "blocks",
      found: "1 organizations, 3 sessions",
    });
    await target.client.query("DELETE FROM organizations; DELETE FROM rate_limits");
  });
});
