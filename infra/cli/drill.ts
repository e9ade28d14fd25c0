import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/drill.ts [--hours <n>]

Restores the newest backup of a bucket on an empty PostgreSQL 17, as after the loss of everything else: the key of the bucket
and the passphrase are all that it has of the stack. Each table is compared with what was backed up. It fails when the newest
backup is older than it may be.

  --hours <n>   how old that may be. Default: 48, for one a night
  --help        this text

It takes the variables of the role restore: DATABASE_ADMIN_URL of the empty server, BACKUP_BUCKET, BACKUP_PASSPHRASE and so
on. It ends with 0, with 1 when the backup is too old or could not be restored, and with 2 when the command is wrong.
`;

const application = fileURLToPath(new URL("../../app/main.ts", import.meta.url));

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { hours: { type: "string", default: "48" } });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError(`"${positionals.join(" ")}" is too much`);
  const { hours } = values;
  if (!/^[1-9]\d*$/.test(hours))
    throw new UsageError(`--hours is "${hours}"; it must be a whole number of hours, such as 48`);
  const listed = await restore("--list");
  process.stdout.write(listed.said);
  if (listed.code !== 0) return 1;
  const newest = takenAt(listed.said);
  if (newest === undefined) {
    process.stderr.write("There is no backup to restore.\n");
    return 1;
  }
  const age = (Date.now() - newest.getTime()) / 3_600_000;
  if (age > Number(hours)) {
    process.stderr.write(`The newest backup is ${Math.floor(age)} hours old; it may be ${hours}.\n`);
    return 1;
  }
  const { code, said } = await restore("latest");
  process.stdout.write(said);
  return code === 0 ? 0 : 1;
}

/** Runs the role once, with what this process has been given. */
async function restore(wish: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [...process.execArgv, application, "restore", wish], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [code]] = await Promise.all([
    text(child.stdout),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { code: code ?? 1, said };
}

/** The last line that begins with a backup's name, `2026-11-23T02-30-00Z`. */
function takenAt(list: string): Date | undefined {
  const [, day, hour, minute, second] =
    [...list.matchAll(/^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z /gm)].at(-1) ?? [];
  return day === undefined ? undefined : new Date(`${day}T${hour}:${minute}:${second}Z`);
}

await operate(help, main);
