import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { Pool } from "pg";
import { beforeEach, describe, expect, test } from "vitest";
import { databaseAt, nameOf, withClient, withLock } from "../../../app/backup/connection.ts";
import { makeBackup, type Manifest } from "../../../app/backup/make.ts";
import { lock, runRestore } from "../../../app/backup/restore.ts";
import { rename } from "../../../app/backup/swap.ts";
import { close, closeForGood, readGate } from "../../../infra/promotion/gate.ts";
import { resumeRun, startRun } from "../../../infra/promotion/ledger/open.ts";
import { makePlan } from "../../../infra/promotion/plan/make.ts";
import { atEnd } from "../../support/at-end.ts";
import {
  type BackedUp,
  backedUpDatabase,
  backups,
  databasesBeside,
  query,
  withAccount,
} from "../../support/backups.ts";
import { backupStore } from "../../../app/backup/store.ts";
import { describeWith } from "../../support/services.ts";

const [monday, tuesday] = [new Date("2026-11-23T02:30:00Z"), new Date("2026-11-24T02:30:00Z")];

const note = (url: string, text: string) => query(url, `INSERT INTO notes VALUES ('${text}')`);
async function notes(url: string): Promise<string[]> {
  const { rows } = await query<{ text: string }>(url, "SELECT text FROM notes ORDER BY 1");
  return rows.map(({ text }) => text);
}

await describeWith(backups, "restore", ({ programs, bucket }) => {
  let context: BackedUp;
  let said: string[];

  const make = (now: Date) => withClient(context.url, (client) => makeBackup(context, client, now));
  const restore = (...args: string[]) =>
    runRestore(
      { url: context.ownerUrl, store: context.store, programs, say: (line) => said.push(line) },
      args,
    );
  /** Names of databases that were kept, or that something has left. */
  const others = () => databasesBeside(context.ownerUrl);

  async function isAsBefore(): Promise<void> {
    expect(await notes(context.ownerUrl)).toEqual(["lost", "monday", "tuesday"]);
    expect(await others()).toEqual([]);
  }

  beforeEach(async () => {
    said = [];
    context = await backedUpDatabase(programs, await bucket());
    const { ownerUrl } = context;
    atEnd(async () => {
      for (const name of await databasesBeside(ownerUrl)) await query(ownerUrl, `DROP DATABASE ${name}`);
    });
    await query(ownerUrl, `REVOKE ALL ON DATABASE ${nameOf(ownerUrl)} FROM PUBLIC`);
    await query(ownerUrl, "CREATE TABLE notes (text text PRIMARY KEY)");
    await note(ownerUrl, "monday");
    await make(monday);
    await note(ownerUrl, "tuesday");
    await make(tuesday);
    await note(ownerUrl, "lost");
  }, 120_000);

  test("serves what was backed up last, and keeps what was served", async () => {
    await restore("latest");
    expect(await notes(context.ownerUrl)).toEqual(["monday", "tuesday"]);
    const [kept = "", ...more] = await others();
    expect(more).toEqual([]);
    expect(await notes(databaseAt(context.ownerUrl, kept))).toEqual(["lost", "monday", "tuesday"]);
    expect(said.slice(-2)).toEqual([
      `  to serve it again:  --back ${kept}`,
      `  to drop it:         --drop ${kept}`,
    ]);
  }, 60_000);

  test("opens what was backed up in the course of a promotion that had closed it, and ends that", async () => {
    const { ownerUrl } = context;
    const plan = makePlan({ from: "mvp", to: "growth", path: "OFFLINE", reasons: [] });
    const { run } = plan;
    await (await startRun(plan, { url: ownerUrl })).close();
    await withClient(ownerUrl, async (client) => {
      await close(client, { run, answer: "hold", windowMs: Infinity });
      await closeForGood(client, run, 0, "https://farm.example");
    });
    await expect(note(ownerUrl, "refused")).rejects.toMatchObject({ code: "TF001" });
    await make(new Date("2026-11-25T02:30:00Z"));
    await restore("latest");
    await note(ownerUrl, "restored");
    expect(await notes(ownerUrl)).toEqual(["lost", "monday", "restored", "tuesday"]);
    const { rows } = await query(ownerUrl, "SELECT FROM pg_trigger WHERE tgname = 'promotion_fence'");
    expect(rows).toEqual([]);
    expect(await withClient(ownerUrl, readGate)).toMatchObject({ state: "open", movedTo: null });
    const ledger = await resumeRun({ url: ownerUrl });
    expect([ledger.plan.run, ledger.status()]).toEqual([run, "rolled-back"]);
    await ledger.close();
    // Nobody has to resume or undo anything before another one.
    await (await startRun({ ...plan, run: randomUUID() }, { url: ownerUrl })).close();
  }, 60_000);

  test("serves an older one by its name, goes back, and drops what is not needed any more", async () => {
    await restore("2026-11-23T02-30-00Z");
    expect(await notes(context.ownerUrl)).toEqual(["monday"]);
    const [first = ""] = await others();
    // Names tell seconds.
    await setTimeout(1_000);
    await restore("--back", first);
    expect(await notes(context.ownerUrl)).toEqual(["lost", "monday", "tuesday"]);
    const [second = ""] = await others();
    await restore("--drop", second);
    expect(await others()).toEqual([]);
  }, 60_000);

  test("lets in whom it let in before, with the same rights, and nobody else", async () => {
    await restore("latest");
    expect(await notes(context.url)).toEqual(["monday", "tuesday"]);
    await expect(note(context.url, "changed")).rejects.toThrow(/permission denied/);
    const stranger = await withAccount(context.ownerUrl);
    const { username, password } = new URL(stranger);
    await query(context.ownerUrl, `CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
    await expect(query(stranger, "SELECT 1")).rejects.toThrow(/permission denied for database/);
  }, 60_000);

  test("ends the connections of services, which find the restored database when they come again", async () => {
    const pool = new Pool({ connectionString: context.url, max: 4 });
    pool.on("error", () => undefined);
    const over = new AbortController();
    const failures: string[] = [];
    const ask = async () => {
      while (!over.signal.aborted) {
        try {
          await pool.query("SELECT pg_sleep(0.01)");
        } catch (error) {
          failures.push((error as Error).message);
        }
      }
    };
    const asking = [ask(), ask(), ask(), ask()];
    await restore("latest");
    const before = failures.length;
    await setTimeout(500);
    expect(failures.slice(before + 4)).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    const { rows } = await pool.query("SELECT text FROM notes ORDER BY 1");
    expect(rows).toEqual([{ text: "monday" }, { text: "tuesday" }]);
    over.abort();
    await Promise.all(asking);
    await pool.end();
  }, 60_000);

  test("brings a backup of an older release to the schema of this one", async () => {
    const { ownerUrl } = context;
    await query(
      ownerUrl,
      `ALTER TABLE schedules DROP COLUMN overlap;
       ALTER TABLE sessions DROP COLUMN restart, DROP COLUMN lease, DROP COLUMN schedule_id;
       DROP INDEX session_events_step;
       DROP SCHEMA promotion CASCADE;
       DELETE FROM drizzle.__drizzle_migrations WHERE id >= 2`,
    );
    await make(new Date("2026-11-25T02:30:00Z"));
    await restore("latest");
    const { rows } = await query(
      ownerUrl,
      "SELECT attname FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attname = 'lease'",
    );
    expect(rows).toEqual([{ attname: "lease" }]);
  }, 60_000);

  describe("leaves what is served as it is, and nothing else behind,", () => {
    test("when the backup is not what its manifest says", async () => {
      const name = "2026-11-24T02-30-00Z";
      const manifest = await context.store.getManifest<Manifest>(name);
      const tables = manifest.tables.map((each) =>
        each.table === "public.notes" ? { ...each, rows: 3 } : each,
      );
      await context.store.putManifest(name, { ...manifest, tables });
      await expect(restore("latest")).rejects.toThrow(/- public\.notes has 2 rows instead of 3/);
      await isAsBefore();
    }, 60_000);

    test("when the dump is damaged", async () => {
      await context.store.putDump("2026-11-24T02-30-00Z", Readable.from([Buffer.from("PGDMP no more")]));
      await expect(restore("latest")).rejects.toThrow(/^pg_restore ended with 1\npg_restore: error: /);
      await isAsBefore();
    }, 60_000);

    test("when the passphrase is another one", async () => {
      const store = backupStore(context.bucket, "another passphrase of 32 characters");
      const { ownerUrl: url } = context;
      await expect(runRestore({ url, store, programs, say: console.log }, ["latest"])).rejects.toThrow(
        /^BACKUP_PASSPHRASE does not open testfarm/,
      );
      store.close();
      await isAsBefore();
    }, 60_000);

    test("when its name cannot be given to another", async () => {
      // A name can be taken in the moment before, and the renaming that was possible is then undone.
      const { ownerUrl } = context;
      const [served, fresh] = [nameOf(ownerUrl), `${nameOf(ownerUrl)}_fresh`];
      await query(ownerUrl, `CREATE DATABASE ${fresh}`);
      const renamings = [[served, `${served}_kept`] as const, [fresh, "postgres"] as const];
      await expect(rename(databaseAt(ownerUrl, "postgres"), renamings)).rejects.toThrow(
        'database "postgres" already exists',
      );
      await query(ownerUrl, `DROP DATABASE ${fresh}`);
      await isAsBefore();
    });

    test("when another restore is under way", async () => {
      await withLock(databaseAt(context.ownerUrl, "postgres"), lock, () =>
        expect(restore("latest")).rejects.toThrow(/^Another restore is under way on this server/),
      );
      await isAsBefore();
    });

    test("when there is no such backup, which it answers with those that there are", async () => {
      await expect(restore("2026-11-22T02-30-00Z")).rejects.toThrow(
        'There is no backup "2026-11-22T02-30-00Z"; there is 2026-11-23T02-30-00Z, 2026-11-24T02-30-00Z.',
      );
      await isAsBefore();
    });

    test.each([[[]], [["latest", "--list"]], [["--bak", "x"]], [["--back", ""]]])(
      "when it is asked for by %j",
      async (args: string[]) => {
        await expect(restore(...args)).rejects.toThrow(/^Usage: restore latest/);
        await isAsBefore();
      },
    );

    test.each(["--back", "--drop"])("when %s names no database that was kept", async (option) => {
      for (const name of ["postgres", nameOf(context.ownerUrl), `${nameOf(context.ownerUrl)}_kept_1`])
        await expect(restore(option, name)).rejects.toThrow(
          `"${name}" is no database that was kept; there is none.`,
        );
      await isAsBefore();
    });
  });

  test("drops what a restore left that was killed", async () => {
    await query(context.ownerUrl, `CREATE DATABASE ${nameOf(context.ownerUrl)}_restore_0badcafe`);
    await restore("latest");
    expect((await others()).map((name) => name.replace(/\d{8}t\d{6}z$/, ""))).toEqual([
      `${nameOf(context.ownerUrl)}_kept_`,
    ]);
  }, 60_000);

  test("lists the backups that are whole, the newest last", async () => {
    await context.store.putDump("2026-11-25T02-30-00Z", Readable.from([Buffer.from("unfinished")]));
    await restore("--list");
    expect(said).toEqual([
      expect.stringMatching(/^2026-11-23T02-30-00Z {2}\d+ bytes$/),
      expect.stringMatching(/^2026-11-24T02-30-00Z {2}\d+ bytes$/),
    ]);
  });
});
