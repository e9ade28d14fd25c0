import { z } from "zod";
import { name, whole } from "./values.ts";

/** Smallest and largest value of minute, hour, day, month and day of the week. */
const cronFields = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** Whether it is five fields of numbers, `*`, ranges, lists and steps. */
function isCron(text: string): boolean {
  const fields = text.split(" ");
  return (
    fields.length === cronFields.length &&
    fields.every((field, index) => {
      const [least, most] = cronFields[index]!;
      return field.split(",").every((part) => {
        const parsed = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/[1-9]\d*)?$/.exec(part);
        const from = Number(parsed?.[1] ?? least);
        const to = Number(parsed?.[2] ?? from);
        return parsed !== null && least <= from && from <= to && to <= most;
      });
    })
  );
}

const cron = (preset: string) => {
  const error = `must be five fields of cron, in UTC, such as "${preset}"`;
  return z.string({ error }).refine(isCron, { error }).default(preset);
};

/**
 * Backups of the database, encrypted before they leave the machine, in a bucket of an S3-compatible store elsewhere; with
 * the secrets `backupAccessKeyId` and `backupSecretAccessKey`. Without them the data are on one disk only.
 */
export const backup = z
  .strictObject(
    {
      bucket: name("must be the name of a bucket, outside the machine that has the data"),
      /** Region at AWS. Default where there is an endpoint: `us-east-1`, which other stores take. */
      region: name("must be a region at AWS, such as eu-west-1").optional(),
      /** Address of a store other than AWS. */
      endpoint: z
        .url({ protocol: /^https?$/, error: "must be an address such as https://s3.example.com" })
        .optional(),
      /** `true` for stores that take the bucket in the path. */
      forcePathStyle: z.boolean({ error: "must be true or false" }).default(false),
      schedule: cron("30 2 * * *"),
      /** When the newest backup is restored into a scratch database and compared with what was backed up. */
      drillSchedule: cron("30 4 * * 0"),
      keepDays: whole(1, 3_650).default(30),
      /**
       * Whether what is written between two backups goes into the bucket too, within minutes, so that any moment can be
       * restored. Another value restarts PostgreSQL.
       */
      pointInTime: z.boolean({ error: "must be true or false" }).default(false),
    },
    {
      error: ({ code }) =>
        code === "invalid_type"
          ? "must name a bucket with its region or endpoint, such as bucket: testfarm-backups and region: eu-west-1"
          : undefined,
    },
  )
  .refine(({ region, endpoint }) => region !== undefined || endpoint !== undefined, {
    error: "needs a region, for a bucket at AWS, or an endpoint, for one at another store",
  })
  .optional();
