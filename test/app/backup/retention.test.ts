import { Readable } from "node:stream";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { expired, prune } from "../../../app/backup/retention.ts";
import { backupStore, nameAt } from "../../../app/backup/store.ts";
import { segmentAt } from "../../../app/backup/wal/segments.ts";
import { atEnd } from "../../support/at-end.ts";
import { passphrase } from "../../support/backups.ts";
import { s3, type TestBucket } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";

const now = new Date("2026-11-25T12:00:00Z");
const daysAgo = (days: number) => nameAt(new Date(now.getTime() - days * 86_400_000));
const whole = (days: number) => ({ name: daysAgo(days), isWhole: true, hasBase: false, bytes: 1 });
const partial = (days: number) => ({ ...whole(days), isWhole: false });
const gone = (keepDays: number, ...all: ReturnType<typeof whole>[]) =>
  expired(all, keepDays, now).map(({ name }) => name);

test("what is older than it is to be kept goes", () => {
  expect(gone(7, whole(9), whole(7.1), whole(6.9), whole(1))).toEqual([daysAgo(9), daysAgo(7.1)]);
});

test("the newest whole backup stays, however old it is and whatever was begun after it", () => {
  expect(gone(7, whole(50), whole(40), partial(30))).toEqual([daysAgo(50), daysAgo(30)]);
  expect(gone(7, whole(40))).toEqual([]);
});

test("what is not whole goes after a day, when nobody writes it any more", () => {
  expect(gone(7, partial(1.1), whole(1.05), partial(0.9))).toEqual([daysAgo(1.1)]);
});

function open(bucket: TestBucket, by = passphrase) {
  const store = backupStore(bucket, by);
  atEnd(() => store.close());
  return {
    ...store,
    async put(name: string) {
      await store.putDump(name, Readable.from([Buffer.from("dump")]));
      await store.putManifest(name, {});
    },
    /** A backup with a copy of a server's files that needs its log from a position on. */
    async putCopy(name: string, system: string, position: number) {
      await store.putDump(name, Readable.from([Buffer.from("dump")]));
      await store.putBase(name, Readable.from([Buffer.from("base")]));
      const from = `0/${(position * 2 ** 24 + 40).toString(16).toUpperCase()}`;
      await store.putManifest(name, { base: { system, from } });
    },
    async putLog(system: string, ...positions: number[]) {
      for (const each of positions)
        await store.wal.put(system, segmentAt(each), Readable.from([Buffer.from("log")]));
    },
    async log() {
      const all = [...(await store.wal.all())];
      return Object.fromEntries(all.map(([system, found]) => [system, found.map(({ name }) => name)]));
    },
  };
}
const segments = (...positions: number[]) => positions.map((position) => segmentAt(position));

await describeWith(s3, "in a bucket", (bucket) => {
  test("nothing that somebody else has put there is removed", async () => {
    const place = await bucket();
    const [ours, theirs] = [open(place), open(place, "another passphrase of 32 characters")];
    for (const days of [50, 40, 1]) await ours.put(daysAgo(days));
    await theirs.put(daysAgo(45));
    await ours.putNote("2026-01-01", {});
    await ours.putDump(daysAgo(30), Readable.from([Buffer.from("unfinished")]));
    expect(await prune(ours, 7, now)).toEqual([daysAgo(50), daysAgo(40), daysAgo(30)]);
    expect((await ours.list()).map(({ name }) => name)).toEqual([daysAgo(45), daysAgo(1)]);
    expect(await ours.getNote("2026-01-01")).toEqual({});
    expect(await ours.getNote("2026-01-02")).toBeUndefined();
  });

  test("backups are found in the order of time, however many there are", async () => {
    const ours = open(await bucket());
    const names = Array.from({ length: 12 }, (_, days) => daysAgo(days)).toReversed();
    for (const name of names.toSorted(() => Math.random() - 0.5)) await ours.put(name);
    expect((await ours.list()).map(({ name }) => name)).toEqual(names);
  });

  test("of the log goes what no backup needs that is kept; what the oldest one needs stays", async () => {
    const ours = open(await bucket());
    await ours.putCopy(daysAgo(9), "1", 3);
    await ours.putCopy(daysAgo(6), "1", 6);
    await ours.put(daysAgo(4));
    await ours.putCopy(daysAgo(1), "1", 9);
    await ours.putLog("1", 2, 3, 4, 5, 6, 7, 8, 9, 10);
    // Of a server that is no more, and of which no backup is kept.
    await ours.putLog("2", 5, 6);
    await prune(ours, 10, now);
    expect(await ours.log()).toEqual({ 1: segments(3, 4, 5, 6, 7, 8, 9, 10) });
    await prune(ours, 7, now);
    expect(await ours.log()).toEqual({ 1: segments(6, 7, 8, 9, 10) });
  });

  test("of the log of somebody else nothing goes, and nothing is kept for their backups", async () => {
    const place = await bucket();
    const [ours, theirs] = [open(place), open(place, "another passphrase of 32 characters")];
    await ours.putCopy(daysAgo(6), "1", 6);
    await ours.putLog("1", 5, 6);
    await theirs.putCopy(daysAgo(5), "3", 2);
    await theirs.putLog("3", 1, 2);
    await prune(ours, 7, now);
    expect(await ours.log()).toEqual({ 1: segments(6), 3: segments(1, 2) });
  });

  test("nothing of the log goes when it cannot be told what a backup needs", async () => {
    const place = await bucket();
    const ours = open(place);
    await ours.putCopy(daysAgo(6), "1", 6);
    await ours.putLog("1", 5, 6);
    const client = new S3Client(place);
    const Key = `testfarm/${daysAgo(6)}/manifest.json.age`;
    await client.send(new PutObjectCommand({ Bucket: place.name, Key, Body: "damaged" }));
    await expect(prune(ours, 7, now)).rejects.toThrow(`does not open ${Key}`);
    expect(await ours.log()).toEqual({ 1: segments(5, 6) });
    client.destroy();
  });
});
