import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { expired, prune } from "../../../app/backup/retention.ts";
import { backupStore, nameAt } from "../../../app/backup/store.ts";
import { atEnd } from "../../support/at-end.ts";
import { passphrase } from "../../support/backups.ts";
import { s3, type TestBucket } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";

const now = new Date("2026-11-25T12:00:00Z");
const daysAgo = (days: number) => nameAt(new Date(now.getTime() - days * 86_400_000));
const whole = (days: number) => ({ name: daysAgo(days), isWhole: true, bytes: 1 });
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
  };
}

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
});
