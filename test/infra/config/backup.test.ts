import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse.ts";
import { minimum, problemsOf, rawOf } from "./stack.ts";

const keys = { backupAccessKeyId: "id", backupSecretAccessKey: "key" };
const place = { bucket: "backups", region: "eu-west-1" };
const raw = (backup: unknown, change = {}) =>
  rawOf(minimum.vps, { ...keys, backup: JSON.stringify(backup), ...change }, Object.keys(keys));

test("backups need a bucket and where it is; the rest has defaults", () => {
  expect(parseConfig(raw(place))).toMatchObject({
    backup: {
      ...place,
      forcePathStyle: false,
      schedule: "30 2 * * *",
      drillSchedule: "30 4 * * 0",
      keepDays: 30,
      pointInTime: false,
    },
    secrets: Object.keys(keys),
  });
});

const cron = 'must be five fields of cron, in UTC, such as "30 2 * * *"';

test.each([
  [
    "backups",
    'backup: "backups" must name a bucket with its region or endpoint, such as bucket: testfarm-backups and region: eu-west-1',
  ],
  [
    { bucket: "b" },
    'backup: {"bucket":"b"} needs a region, for a bucket at AWS, or an endpoint, for one at another store',
  ],
  [
    { region: "r" },
    "backup.bucket: missing; it must be the name of a bucket, outside the machine that has the data",
  ],
  [
    { bucket: "b", endpoint: "s3.example.com" },
    'backup.endpoint: "s3.example.com" must be an address such as https://s3.example.com',
  ],
  [{ ...place, keepDays: 0 }, "backup.keepDays: 0 must be a whole number from 1 to 3650"],
  [{ ...place, pointInTime: "yes" }, 'backup.pointInTime: "yes" must be true or false'],
  [{ ...place, schedule: "daily" }, `backup.schedule: "daily" ${cron}`],
  [{ ...place, schedule: "30 2 * *" }, `backup.schedule: "30 2 * *" ${cron}`],
  [{ ...place, schedule: "0 30 2 * * *" }, `backup.schedule: "0 30 2 * * *" ${cron}`],
  [{ ...place, schedule: "60 2 * * *" }, `backup.schedule: "60 2 * * *" ${cron}`],
  [{ ...place, schedule: "0 5-2 * * *" }, `backup.schedule: "0 5-2 * * *" ${cron}`],
  [{ ...place, schedule: "a b c d e" }, `backup.schedule: "a b c d e" ${cron}`],
])("%j is an error that says what is allowed", (backup, line) => {
  const given = typeof backup === "string" ? raw(undefined, { backup }) : raw(backup);
  expect(problemsOf(given)).toEqual([`testfarm:${line}`]);
});

test.each(["*/15 0-6/2 1,15 * 1-5", "0 0 31 12 7"])("the schedule %j is one", (schedule) => {
  expect(parseConfig(raw({ ...place, schedule }))).toMatchObject({ backup: { schedule } });
});

test("backups are of use only with a key for their bucket, and the key only with them", () => {
  const set = "pulumi config set --secret testfarm:";
  expect(problemsOf(raw(place, { backupAccessKeyId: undefined, backupSecretAccessKey: undefined }))).toEqual([
    `testfarm:backupAccessKeyId: missing; testfarm:backup is of use only with it: ${set}backupAccessKeyId`,
  ]);
  expect(problemsOf(raw(place, { backupSecretAccessKey: undefined }))).toEqual([
    `testfarm:backupSecretAccessKey: missing; testfarm:backupAccessKeyId is of use only with it: ${set}backupSecretAccessKey`,
  ]);
  expect(problemsOf(raw(place, { backup: undefined }))).toEqual([
    "testfarm:backup: missing; testfarm:backupAccessKeyId is of use only with it: pulumi config set testfarm:backup",
  ]);
});
