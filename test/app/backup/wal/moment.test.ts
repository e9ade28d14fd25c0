import { Readable } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { backupStore, type BackupStore, nameAt } from "../../../../app/backup/store.ts";
import { parseMoment, wayTo } from "../../../../app/backup/wal/moment.ts";
import { segmentAt } from "../../../../app/backup/wal/segments.ts";
import { atEnd } from "../../../support/at-end.ts";
import { passphrase } from "../../../support/backups.ts";
import { s3 } from "../../../support/s3.ts";
import { describeWith } from "../../../support/services.ts";

const now = new Date("2026-11-25T12:00:00Z");

test.each([
  ["2026-11-25T10:15:00Z", "2026-11-25T10:15:00.000Z"],
  ["2026-11-25T10:15:00.123456+02:00", "2026-11-25T08:15:00.123Z"],
  ["2026-11-25 10:15Z", "2026-11-25T10:15:00.000Z"],
])("%s is a moment", (text, moment) => {
  expect(parseMoment(text, now).toISOString()).toBe(moment);
});

test.each([
  "2026-11-25T10:15:00",
  "2026-11-25",
  "yesterday",
  "10:15",
  "",
  "2026-13-45T10:15:00Z",
  "2026-11-25T10:15:00Z'; --",
])("%j is none, which is said with what one looks like", (text) => {
  expect(() => parseMoment(text, now)).toThrow(
    `--at ${JSON.stringify(text)} is no moment: it must be a time with its zone, such as 2026-11-25T10:15:00Z.`,
  );
});

test("a moment that has not been yet is none", () => {
  expect(() => parseMoment("2026-11-25T12:00:01Z", now)).toThrow(
    "--at 2026-11-25T12:00:01Z is in the future: it is 2026-11-25T12:00:00.000Z now.",
  );
});

/** `20:30` of the day. */
const at = (time: string) => new Date(`2020-11-25T${time}:00Z`);
const one = () => Readable.from([Buffer.from("x")]);

await describeWith(s3, "the way to a moment", (bucket) => {
  let store: BackupStore;
  beforeAll(async () => {
    store = backupStore(await bucket(), passphrase);
    atEnd(() => store.close());
  });

  /** Begun at a time, whole a quarter of an hour later. */
  async function putBase(hour: number, position: number, system = "1"): Promise<void> {
    const begun = at(`${hour}:00`);
    const name = nameAt(begun);
    await store.putDump(name, one());
    await store.putBase(name, one());
    const from = `0/${(position * 2 ** 24 + 40).toString(16).toUpperCase()}`;
    const base = { system, from, begun: begun.toISOString(), at: at(`${hour}:15`).toISOString(), bytes: 1 };
    await store.putManifest(name, { seconds: 1, bytes: 1, tables: [], base });
  }

  test("does not exist where no copy of the server's files is in the bucket", async () => {
    await store.putDump(nameAt(at("09:00")), one());
    await store.putManifest(nameAt(at("09:00")), { seconds: 1, bytes: 1, tables: [] });
    await expect(wayTo(store, at("11:00"))).rejects.toThrow(
      /^No moment can be restored: there is no backup with a copy of the server's files/,
    );
  });

  describe("with the log of two copies", () => {
    beforeAll(async () => {
      await putBase(10, 2);
      await putBase(12, 5);
      for (const position of [1, 2, 3, 4, 5, 6, 7]) await store.wal.put("1", segmentAt(position), one());
      await store.wal.put("2", segmentAt(8), one());
    });

    test("goes from the newest one that was whole by then to the end of the log", async () => {
      expect(await wayTo(store, at("12:15"))).toMatchObject({
        name: "2020-11-25T12-00-00Z",
        segments: [5, 6, 7].map((position) => segmentAt(position)),
        missing: undefined,
      });
    });

    test("ends where a later copy was begun, of which every commit of that moment is before", async () => {
      const { name, segments } = await wayTo(store, at("11:59"));
      expect(name).toBe("2020-11-25T10-00-00Z");
      expect(segments).toEqual([2, 3, 4, 5].map((position) => segmentAt(position)));
      // Between a copy's begin and its end the one before it is needed, with what follows.
      expect((await wayTo(store, at("12:10"))).segments).toHaveLength(6);
    });

    test("does not exist before the first one was whole, and the error says when that was", async () => {
      await expect(wayTo(store, at("10:14"))).rejects.toThrow(
        "The first moment that can be restored is 2020-11-25T10:15:00.000Z.",
      );
    });

    test("does not exist yet when the log has come into the bucket long before it", async () => {
      const later = new Date(Date.now() + 120_000);
      await expect(wayTo(store, later)).rejects.toThrow(
        /^The database's log of that moment is not in the bucket yet: what is there came until 2\d{3}-/,
      );
    });

    test("ends at a hole, and the error names what is missing", async () => {
      await store.wal.remove("1", segmentAt(6));
      expect(await wayTo(store, at("13:00"))).toMatchObject({
        segments: [segmentAt(5)],
        missing: segmentAt(6),
      });
      await store.wal.remove("1", segmentAt(5));
      await expect(wayTo(store, at("13:00"))).rejects.toThrow(
        "The database's log has a hole before that moment: 000000010000000000000005 is missing in the bucket.",
      );
    });
  });
});
