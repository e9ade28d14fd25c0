import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { readGate } from "../../../../app/db/gate.ts";
import { diskStorage } from "../../../../app/storage/disk.ts";
import type { Side } from "../../../../infra/promotion/contract.ts";
import { move } from "../../../../infra/promotion/drill/move.ts";
import { openQuietly } from "../../../../infra/promotion/drill/opening.ts";
import { passGate } from "../../../../infra/promotion/gate.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { atEnd } from "../../../support/at-end.ts";
import { query } from "../../../support/backups.ts";
import { migratedDatabase } from "../../../support/postgres.ts";
import { ids, seed } from "../replication/server.ts";

async function side(name: string): Promise<Side> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-drill-"));
  atEnd(() => rm(directory, { recursive: true }));
  const databaseUrl = await migratedDatabase();
  // The application has no sequence among its tables; a later release may.
  await query(databaseUrl, "CREATE TABLE numbers (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY)");
  return {
    name,
    kind: "docker-host",
    databaseUrl,
    dialUrl: undefined,
    objects: storeOf(diskStorage(directory)),
    url: `https://${name}.test`,
    close: () => Promise.resolve(),
  };
}

const keyOf = (id: string) => `org/${ids.org}/session/${id}/1/1.webp`;
const picture = keyOf("1");

/** Writes rows, numbers and pictures to a side until it is stopped. @returns ids of the rows that are there. */
function keepWriting({ databaseUrl, objects }: Side) {
  const stopping = new AbortController();
  const written: string[] = [];
  const writing = withClient(databaseUrl, async (client) => {
    while (!stopping.signal.aborted) {
      const id = randomUUID();
      await objects.put(keyOf(id), Buffer.from(id));
      await client.query(
        "INSERT INTO personas (id, org_id, name, description, device) VALUES ($1, $2, 'Writer', '', 'phone')",
        [id, ids.org],
      );
      await client.query("INSERT INTO numbers DEFAULT VALUES");
      written.push(id);
      await sleep(2);
    }
  });
  return {
    written,
    async stop() {
      stopping.abort();
      await writing;
    },
  };
}

const writtenTo = async ({ databaseUrl }: Side): Promise<string[]> =>
  (await query<{ id: string }>(databaseUrl, "SELECT id FROM personas WHERE name = 'Writer'")).rows.map(
    ({ id }) => id,
  );

/** The same side, which does something each time that its screenshots are listed, with the number of that. */
const listing = (of: Side, hear: (time: number) => Promise<void>): Side => {
  let time = 0;
  return {
    ...of,
    objects: {
      ...of.objects,
      async *list(prefix) {
        await hear(++time);
        yield* of.objects.list(prefix);
      },
    },
  };
};

let source: Side;
let target: Side;
let run: string;
beforeEach(async () => {
  run = randomUUID();
  [source, target] = [await side("mvp"), await side("mvp-drill-1a2b3c")];
  await seed(source.databaseUrl, 200);
  await query(source.databaseUrl, "INSERT INTO numbers SELECT FROM generate_series(1, 10)");
  await source.objects.put(picture, Buffer.from("picture"));
});

const moving = (from: Side, to = target) =>
  move({ source: from, target: to, run, signal: new AbortController().signal, note: () => undefined });

test("a source that is written to is moved as it is in one moment, and nothing differs from that", async () => {
  const writer = keepWriting(source);
  await vi.waitFor(() => expect(writer.written.length).toBeGreaterThan(20));
  const before = [...writer.written];
  // Somebody deletes a session meanwhile.
  const moved = await moving(
    listing(source, async (time) => {
      if (time === 4) await source.objects.remove(picture);
    }),
  ).finally(writer.stop);
  const there = new Set(await writtenTo(target));
  expect(before.filter((id) => !there.has(id))).toEqual([]);
  const later = writer.written.filter((id) => !there.has(id));
  expect(later.length).toBeGreaterThan(0);
  // What has come by that moment, and no row of a later one.
  expect(writer.written.slice(-later.length)).toEqual(later);
  expect(moved.database.rows).toBeGreaterThan(4_200);
  expect(moved.objects.number).toBeGreaterThan(before.length);
});

test("a session that somebody deletes while its pictures are compared is no difference", async () => {
  const pictures = Array.from({ length: 30 }, (_, index) => keyOf("2").replace("1.webp", `${index}.webp`));
  for (const key of pictures) await source.objects.put(key, Buffer.from(key));
  const asked = new EventEmitter();
  let number = 0;
  // More of them than a comparison tells of one by one.
  const removed = once(asked, "14").then(() =>
    Promise.all(pictures.map((key) => source.objects.remove(key))),
  );
  async function hash(key: string) {
    asked.emit(String(++number));
    await removed;
    return source.objects.hash(key);
  }
  const moved = await moving({ ...source, objects: { ...source.objects, hash } });
  expect(moved.objects.number).toBe(31);
  expect(await source.objects.get(pictures[0]!)).toBeUndefined();
});

test("the source is left as it was", async () => {
  const left = async () => {
    const { rows } = await query(
      source.databaseUrl,
      `SELECT nspname, relname, pg_class.xmin::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r', 'S', 'i') ORDER BY 1, 2`,
    );
    return [rows, await withClient(source.databaseUrl, readGate)];
  };
  const before = await left();
  await moving(source);
  expect(await left()).toEqual(before);
});

test.each<[string, (client: Parameters<typeof passGate>[0]) => Promise<unknown>, RegExp]>([
  [
    "a row that is changed",
    (client) => client.query("UPDATE organizations SET name = 'Other'"),
    /^mvp-drill-1a2b3c is not as mvp was:\npublic\.organizations: .*not the same: .*\(name\)/,
  ],
  [
    "a row that is missing",
    (client) => client.query("DELETE FROM session_events WHERE seq = 7"),
    /public\.session_events: 4,000 rows on mvp, 3,800 rows on mvp-drill-1a2b3c/,
  ],
  [
    "a sequence that is behind",
    (client) => client.query("SELECT setval('numbers_id_seq', 3)"),
    /sequence public\.numbers_id_seq: next value 11 on mvp, next value 4 on/,
  ],
  [
    "a picture with another content",
    () => target.objects.put(picture, Buffer.from("erutcip")),
    /1\.webp: SHA-256 \w+ on mvp, SHA-256 \w+ on mvp-drill-1a2b3c/,
  ],
  ["a picture that is missing", () => target.objects.remove(picture), /1\.webp: 7 bytes on mvp, missing on/],
])("%s is found in the copy", async (_, spoil, found) => {
  const spoilt = listing(target, async (time) => {
    // Between the last copy and the comparison.
    if (time !== 3) return;
    await withClient(target.databaseUrl, async (client) => {
      await passGate(client, run);
      await spoil(client);
    });
  });
  await expect(moving(source, spoilt)).rejects.toThrow(found);
});

test("the copy takes writes, and does nothing of itself that its source does, too", async () => {
  await query(
    source.databaseUrl,
    `INSERT INTO schedules (org_id, persona_id, url, objective, cron, timezone, next_run_at)
     VALUES ('${ids.org}', '${ids.persona}', 'http://shop.test', 'Order a mug', '* * * * *', 'UTC', now())`,
  );
  await moving(source);
  const add = "INSERT INTO numbers DEFAULT VALUES";
  await expect(query(target.databaseUrl, add)).rejects.toMatchObject({ code: "TF001" });
  await openQuietly(target, run);
  await query(target.databaseUrl, add);
  const ofSessions = "SELECT status, count(*)::int AS number FROM sessions GROUP BY 1";
  const ofSchedules = "SELECT paused FROM schedules";
  expect((await query(target.databaseUrl, ofSessions)).rows).toEqual([{ status: "cancelled", number: 200 }]);
  expect((await query(target.databaseUrl, ofSchedules)).rows).toEqual([{ paused: true }]);
  expect((await query(source.databaseUrl, ofSessions)).rows).toEqual([{ status: "queued", number: 200 }]);
  expect((await query(source.databaseUrl, ofSchedules)).rows).toEqual([{ paused: false }]);
});
