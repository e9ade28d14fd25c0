import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../../app/backup/connection.ts";
import { drill } from "../../../app/backup/drill.ts";
import { makeBackup } from "../../../app/backup/make.ts";
import { backupStore } from "../../../app/backup/store.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { prune } from "../../../app/backup/retention.ts";
import { atEnd } from "../../support/at-end.ts";
import {
  type BackedUp,
  backedUpDatabase,
  backups,
  databasesBeside,
  passphrase,
  query,
} from "../../support/backups.ts";
import { cuttable } from "../../support/cuttable.ts";
import { describeWith } from "../../support/services.ts";

const make = (context: BackedUp, now: Date) =>
  withClient(context.url, (client) => makeBackup(context, client, now));
const drillOf = (context: BackedUp) => withClient(context.url, (client) => drill(context, client, tuesday));

const monday = new Date("2026-11-23T02:30:00Z");
const tuesday = new Date("2026-11-24T02:30:00Z");

/** A program of this name that writes and then fails. */
async function failing(script: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-programs-"));
  atEnd(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "pg_dump"), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, "pg_dump"), 0o755);
  return directory;
}

await describeWith(backups, "a backup", ({ programs, bucket }) => {
  let context: BackedUp;
  beforeAll(async () => {
    context = await backedUpDatabase(programs, await bucket());
    await query(
      context.ownerUrl,
      `CREATE TABLE odd ("t" text, "T" text, a int[], j jsonb, r tstzrange, f float8, b bytea, g int GENERATED ALWAYS AS (1 + 1) STORED);
       INSERT INTO odd VALUES
         (E'quote \\' tab \\t line \\n slash \\\\', '\\N', '{1,NULL,3}', '{"é": [1e400, "\\u2028"]}', '[2026-11-25,)', 'NaN', '\\x00ff'),
         (NULL, '', '{}', 'null', 'empty', '-Infinity', ''),
         ('🐘', 'canary-of-a-row', NULL, NULL, NULL, 0.1, NULL);
       CREATE TABLE large AS SELECT n, md5(n::text) || md5((-n)::text) AS random FROM generate_series(1, 400000) AS n;
       CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM large;`,
    );
  }, 300_000);

  describe("that is made while others write", () => {
    let made: Awaited<ReturnType<typeof makeBackup>>;
    beforeAll(async () => {
      const writing = new AbortController();
      const writes = withClient(context.ownerUrl, async (client) => {
        while (!writing.signal.aborted)
          await client.query("INSERT INTO large SELECT 0, 'written meanwhile' FROM generate_series(1, 100)");
      });
      made = await make(context, monday);
      writing.abort();
      await writes;
    }, 120_000);

    test("is restored by the drill as it was in that moment, in parts or as one, and leaves nothing", async () => {
      expect(made.name).toBe("2026-11-23T02-30-00Z");
      // Of more than one part.
      expect(made.bytes).toBeGreaterThan(8 * 1024 * 1024);
      const { rows } = await query<{ count: string }>(context.ownerUrl, "SELECT count(*) FROM large");
      const before = made.tables.find(({ table }) => table === "public.large")!.rows;
      expect(Number(rows[0]!.count)).toBeGreaterThan(before);
      const found = await drillOf(context);
      expect(found).toMatchObject({ name: made.name, tables: made.tables.length });
      expect(found.rows).toBe(made.tables.reduce((sum, { rows: number }) => sum + number, 0));
      expect(await databasesBeside(context.ownerUrl)).toEqual([]);
    }, 120_000);

    test("is in the bucket as two encrypted objects", async () => {
      const client = new S3Client(context.bucket);
      for (const file of ["database.dump.age", "manifest.json.age"]) {
        const Key = `testfarm/${made.name}/${file}`;
        const { Body } = await client.send(new GetObjectCommand({ Bucket: context.bucket.name, Key }));
        const text = Buffer.from(await Body!.transformToByteArray()).toString("latin1");
        expect(text.slice(0, 29)).toBe("age-encryption.org/v1\n-> scry");
        expect(text).not.toMatch(/canary|PGDMP|public/);
      }
    });

    test("opens with its passphrase only, which the drill says", async () => {
      const other = { ...context, store: backupStore(context.bucket, "another passphrase of 32 characters") };
      await expect(drillOf(other)).rejects.toThrow(
        /^BACKUP_PASSPHRASE does not open testfarm\/2026-11-23T02-30-00Z\/manifest\.json\.age of the bucket test-/,
      );
      expect(await databasesBeside(context.ownerUrl)).toEqual([]);
      other.store.close();
    });

    test("is found out by the drill when a row is not what was backed up", async () => {
      const { name, ...manifest } = made;
      const tables = manifest.tables.map((each) =>
        each.table === "public.odd" ? { ...each, hash: `${BigInt(each.hash) + 1n}` } : each,
      );
      await context.store.putManifest(name, { ...manifest, tables });
      await expect(drillOf(context)).rejects.toThrow(
        `The backup ${name} is not what was backed up:\n- public.odd has other content in its 3 rows`,
      );
      await context.store.putManifest(name, manifest);
    }, 60_000);

    test("is found out by the drill when its dump is another one", async () => {
      const other = await backedUpDatabase(programs, context.bucket);
      await query(other.ownerUrl, "CREATE TABLE odd (t text)");
      const { name: foreign } = await make(other, tuesday);
      await context.store.putManifest(foreign, made);
      await expect(drillOf(context)).rejects.toThrow(/- public\.odd has 0 rows instead of 3/);
      await context.store.remove(foreign);
    }, 60_000);
  });

  test("takes the place of what a drill left that was killed", async () => {
    const name = `${new URL(context.url).pathname.slice(1)}_drill_0badcafe`;
    await query(context.url, `CREATE DATABASE ${name}`);
    await drillOf(context);
    expect(await databasesBeside(context.ownerUrl)).toEqual([]);
  }, 60_000);

  const uploads = async () => {
    const client = new S3Client(context.bucket);
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: context.bucket.name }),
    );
    return Uploads;
  };

  test.each([
    ["at once", ""],
    ["after some parts", "head -c 20000000 /dev/urandom;"],
  ])("whose program fails %s does not exist, and leaves nothing in the bucket", async (_, before) => {
    const script = `${before} echo 'pg_dump: error: out of everything' >&2; echo 'CONTEXT: canary' >&2; exit 3`;
    const broken = { ...context, programs: await failing(script) };
    await expect(make(broken, tuesday)).rejects.toThrow(
      /^pg_dump ended with 3\npg_dump: error: out of everything$/,
    );
    expect((await context.store.list()).map(({ name }) => name)).toEqual(["2026-11-23T02-30-00Z"]);
    expect(await uploads()).toEqual([]);
  });

  test("whose bucket goes away in the middle fails in time, and what it left is given up by a later one", async () => {
    const { url: endpoint } = await cuttable(Number(new URL(context.bucket.endpoint).port), 12_000_000);
    const store = backupStore({ ...context.bucket, endpoint }, passphrase);
    await expect(make({ ...context, store }, tuesday)).rejects.toThrow(/ECONN|socket hang up/);
    store.close();
    expect(await context.store.list()).toHaveLength(1);
    expect(await uploads()).toHaveLength(1);
    await prune(context.store, 30, new Date());
    expect(await uploads()).toHaveLength(1);
    await prune(context.store, 30, new Date(Date.now() + 25 * 60 * 60 * 1000));
    expect(await uploads()).toEqual([]);
    expect(await context.store.list()).toHaveLength(1);
  }, 60_000);

  test("is ended with its program when it is to end", async () => {
    const ending = new AbortController();
    const programsThatWait = await failing("head -c 100000 /dev/urandom; exec sleep 60");
    const waiting = make({ ...context, programs: programsThatWait, signal: ending.signal }, tuesday);
    setTimeout(() => ending.abort(), 300);
    await expect(waiting).rejects.toThrow(/abort/);
    expect(await context.store.list()).toHaveLength(1);
  });

  test("says which bucket does not take it", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const none = backupStore({ ...context.bucket, endpoint }, passphrase);
    await expect(make({ ...context, store: none }, tuesday)).rejects.toThrow(
      /^The bucket test-\S+ \(BACKUP_BUCKET\) does not take testfarm\/2026-11-24T02-30-00Z\/database\.dump\.age: connect ECONNREFUSED/,
    );
    none.close();
  });

  test("names neither password nor passphrase when the account does not get in", async () => {
    const url = Object.assign(new URL(context.url), { password: "canary-wrong" }).href;
    const failed = await withClient(context.url, (client) =>
      makeBackup({ ...context, url }, client, tuesday),
    ).catch((error: Error) => error.message);
    expect(failed).toMatch(/^pg_dump ended with 1\npg_dump: error: .*password authentication failed/);
    expect(failed).not.toContain("canary");
  });
});
