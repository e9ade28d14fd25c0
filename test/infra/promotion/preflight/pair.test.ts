import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { clocks, dials, disk, encoding, versions } from "../../../../infra/promotion/preflight/pair.ts";
import { size } from "../../../../infra/promotion/preflight/ask.ts";
import { preflight } from "../../../../infra/promotion/preflight/preflight.ts";
import { describeWith } from "../../../support/services.ts";
import { postgres18 } from "../copy/postgres-18.ts";
import { type Server, startServer } from "../replication/server.ts";
import { databaseOn, endAt, ok, run } from "./ends.ts";

let one: Server;
let another: Server;

beforeAll(async () => {
  [one, another] = await Promise.all([startServer(), startServer()]);
});

describe("what two servers have in common", () => {
  test("another encoding blocks, another collation is told", async () => {
    const source = await databaseOn(one, "mvp");
    const target = await databaseOn(one, "next");
    expect(await encoding({ run, source, target })).toMatchObject(ok);
    const ascii = await databaseOn(one, "next", "ENCODING 'SQL_ASCII' TEMPLATE template0");
    expect(await encoding({ run, source, target: ascii })).toMatchObject({
      level: "blocks",
      remedy: expect.stringContaining("ENCODING 'UTF8'"),
    });
    const sorted = await databaseOn(
      one,
      "next",
      "TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'",
    );
    expect(await encoding({ run, source, target: sorted })).toMatchObject({
      level: "note",
      found: "UTF8, builtin C.UTF-8; mvp has UTF8, libc C",
    });
  });

  test("a clock that is off is told with the seconds", async () => {
    const [source, target] = await Promise.all([databaseOn(one, "mvp"), databaseOn(one, "next")]);
    expect(await clocks({ run, source, target })).toMatchObject(ok);
    await target.client.query(
      `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
         AS $$ SELECT pg_catalog.clock_timestamp() + interval '100 seconds' $$;
       SET search_path = public, pg_catalog`,
    );
    expect(await clocks({ run, source, target })).toMatchObject({
      level: "note",
      found: expect.stringMatching(/^they differ by (9\d|10\d)\.\d s$/),
    });
  });

  test("a disk that is too small blocks, and one that nobody sees is told", async () => {
    const [source, target] = await Promise.all([databaseOn(one, "mvp"), databaseOn(another, "next")]);
    const free = statfsSync(tmpdir());
    const seen = await disk({ run, source, target });
    expect(seen).toMatchObject({ level: "ok", found: expect.stringMatching(/^[\d.]+ [GT]B are free$/) });
    expect(seen.found).toContain(size(free.bavail * free.bsize).slice(0, 2));
    const huge = { ...source, client: { query: async () => ({ rows: [{ bytes: 1e15 }] }) } as never };
    expect(await disk({ run, source: huge, target })).toMatchObject({
      level: "blocks",
      needed: expect.stringMatching(/^1500 TB/),
    });
    await target.client.query("CREATE ROLE companys LOGIN");
    await target.client.query("SET ROLE companys");
    expect(await disk({ run, source, target })).toMatchObject({
      level: "note",
      found: expect.stringContaining("cannot be seen"),
    });
  });

  test("a server gets in at the other one, or the reason is told without the password", async () => {
    const [source, target] = await Promise.all([endAt("mvp", one.url), endAt("next", another.url)]);
    expect(await dials(target, source)).toMatchObject(ok);
    const away = Object.assign(new URL(one.url), { port: "1" }).href;
    const finding = await dials(target, { ...source, dialUrl: away });
    expect(finding).toMatchObject({ level: "offline", found: expect.stringContaining("could not connect") });
    expect(JSON.stringify(finding)).not.toContain(one.password);
    expect(await dials(target, { ...source, dialUrl: undefined })).toMatchObject({ level: "offline" });
  });
});

describe("preflight", () => {
  test("has nothing against two new installations but what cannot be seen, and leaves no trace", async () => {
    const [source, target] = await Promise.all([endAt("mvp", one.url), endAt("next", another.url)]);
    const before = await preflight({ run, source });
    const after = await preflight({ run, source, target });
    const notes = after.filter(({ level }) => level !== "ok").map(({ check }) => check);
    expect(notes).toEqual(["TLS to mvp", "TLS to next"]);
    expect(before).toEqual(
      after.slice(0, before.length).map((each) => expect.objectContaining({ check: each.check })),
    );
    expect((await target.client.query("SELECT FROM pg_subscription")).rowCount).toBe(0);
    const secrets = [one.password, new URL(target.databaseUrl).password];
    for (const secret of secrets) expect(JSON.stringify(after)).not.toContain(secret);
  });

  test("says whose database cannot be reached", async () => {
    const gone = await endAt("mvp", one.url);
    const away = { ...gone, databaseUrl: Object.assign(new URL(one.url), { port: "1" }).href };
    await expect(preflight({ run, source: away })).rejects.toThrow("The database of mvp cannot be looked at");
  });
});

await describeWith(postgres18, "PostgreSQL 17 and 18", (start) => {
  test("go up, and not down", async () => {
    const [older, newer] = [await endAt("mvp", one.url), await endAt("next", await start())];
    expect(await versions({ run, source: older, target: newer })).toMatchObject(ok);
    expect(await versions({ run, source: newer, target: older })).toMatchObject({
      level: "blocks",
      found: expect.stringMatching(/^PostgreSQL 17\..*, and next has 18/),
    });
  });
});
