import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import type { ImportOptions } from "../../../../infra/promotion/sqlite/import.ts";
import { mappingFrom } from "../../../../infra/promotion/sqlite/mapping.ts";
import { atEnd } from "../../../support/at-end.ts";
import { tenRows } from "../../../support/old-product.ts";
import { emptyDatabase } from "../../../support/postgres.ts";
import { ask, directory, emptyPlace, into, type Place, rowsOf, screenshots } from "./place.ts";

test("a dry run writes nothing", async () => {
  const place = await emptyPlace();
  expect((await into(place, { isDryRun: true })).outcome).toBe("checked");
  expect(await ask(place.url, "SELECT to_regnamespace('import_sqlite') AS left")).toEqual([{ left: null }]);
  expect(await rowsOf(place.url, "organizations")).toBe(0);
  expect(await readdir(place.directory)).toEqual([]);
});

test("what does not fit keeps everything from being written", async () => {
  const place = await emptyPlace();
  expect((await into(place, { screenshots: undefined })).outcome).toBe("refused");
  expect(await rowsOf(place.url, "users")).toBe(0);
});

test("a database that is not migrated is refused", async () => {
  const place = { ...(await emptyPlace()), url: await emptyDatabase() };
  await expect(into(place)).rejects.toThrow("The database has no tables yet.");
});

/** One that was ended at its first screenshot. */
async function endedEarly(): Promise<Place> {
  const place = await emptyPlace();
  const stop = new AbortController();
  const pictures: Place["pictures"] = {
    ...place.pictures,
    put: async (key, body) => {
      stop.abort();
      await place.pictures.put(key, body);
    },
  };
  await expect(into({ ...place, pictures }, {}, stop.signal)).rejects.toThrow(/abort/);
  expect([await rowsOf(place.url, "personas"), await rowsOf(place.url, "sessions")]).toEqual([1, 0]);
  return place;
}

describe("an import that was ended", () => {
  test("goes on where it was, and ends as one that was not", async () => {
    const place = await endedEarly();
    const whole = await into(await emptyPlace());
    const resumed = await into(place);
    expect([whole.outcome, resumed.outcome, resumed.isResumed]).toEqual(["imported", "imported", true]);
    const { organizations: _, ...tables } = whole.tables;
    expect(resumed.tables).toMatchObject(tables);
  });

  test.each(["Written", "Compared"])(
    "is heard at the end of what is said as %s, and has let nobody in",
    async (name) => {
      const place = await emptyPlace();
      const passwords = join(directory, `after-${name}`);
      const stop = new AbortController();
      const said: string[] = [];
      const screen = {
        write(text: string) {
          said.push(text.split(":")[0]!);
          if (said.at(-1) === name) stop.abort();
        },
      };
      await expect(into(place, { passwords, screen }, stop.signal)).rejects.toThrow(/abort/);
      expect(said.at(-1)).toBe(name);
      expect((await readdir(directory)).filter((each) => each.startsWith("after-"))).toEqual([]);
      expect(await rowsOf(place.url, "accounts")).toBe(0);
      expect((await into(place, { passwords })).outcome).toBe("imported");
      await rm(passwords);
    },
  );

  test("is not gone on with from another file, by another mapping or for another organization", async () => {
    const place = await endedEarly();
    const other = join(directory, "other.db");
    const old = tenRows(other, screenshots);
    old.run("UPDATE users SET name = 'Grace'");
    old.close();
    const mapping = structuredClone(mappingFrom(undefined));
    mapping.tables["migrations"] = { ignored: "another reason" };
    await expect(into(place, { file: other })).rejects.toThrow("An import of another file");
    await expect(into(place, { mapping })).rejects.toThrow("An import by another mapping");
    await expect(into(place, { organization: "Other" })).rejects.toThrow(
      'An import for the organization "Acme"',
    );
  });

  test("waits for the end of one that works", async () => {
    const place = await endedEarly();
    const client = new Client({ connectionString: place.url });
    await client.connect();
    atEnd(() => client.end());
    await client.query("SELECT pg_advisory_lock($1)", [0x54467371]);
    await expect(into(place)).rejects.toThrow("Another import works on this database.");
  });
});

test.each([
  [
    "another content",
    "UPDATE personas SET description = 'another'",
    "personas has other content in its 1 rows",
  ],
  [
    "a row more",
    "INSERT INTO personas (org_id, name, description, device) SELECT org_id, name, '', device FROM personas",
    "personas has 2 rows instead of 1",
  ],
  ["a row less", "DELETE FROM members", "members has 0 rows instead of 1"],
])("%s that somebody else writes meanwhile is found, and nobody is let in", async (_, change, found) => {
  const place = await emptyPlace();
  let writes = 0;
  const passwords = join(directory, "never");
  const pictures: Place["pictures"] = {
    ...place.pictures,
    put: async (key, body) => {
      await place.pictures.put(key, body);
      if (writes++ === 0) await ask(place.url, change);
    },
  };
  const report = await into({ ...place, pictures }, { passwords });
  expect([report.outcome, report.differences]).toEqual(["different", [found]]);
  expect(await readdir(directory)).not.toContain("never");
  expect(await rowsOf(place.url, "accounts")).toBe(0);
});

test("a screenshot that is not kept as it is ends it", async () => {
  const place = await emptyPlace();
  const pictures: Place["pictures"] = {
    ...place.pictures,
    put: (key, body) => place.pictures.put(key, body.subarray(0, body.length - 1)),
  };
  await expect(into({ ...place, pictures })).rejects.toThrow(
    /is \d+ bytes with SHA-256 \w+ after it was stored, instead of/,
  );
  expect(await rowsOf(place.url, "sessions")).toBe(0);
});

test("a file of a screenshot that changes after the check ends it before its rows are written", async () => {
  const place = await emptyPlace();
  const changing = await mkdtemp(join(directory, "changing-"));
  const own = join(directory, "changing.db");
  tenRows(own, changing).close();
  const openTarget: ImportOptions["openTarget"] = async () => {
    await writeFile(join(changing, "2025/06/second.png"), "no picture");
    return { databaseUrl: place.url, objects: place.pictures, close: () => Promise.resolve() };
  };
  const begun = into(place, { file: own, screenshots: changing, openTarget });
  await expect(begun).rejects.toThrow("The files under --screenshots have changed");
  expect(await rowsOf(place.url, "sessions")).toBe(0);
});
