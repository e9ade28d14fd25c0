import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { feed } from "../programs.ts";
import type { BackupStore } from "../store.ts";
import { fileOf } from "./directory.ts";
import type { Way } from "./moment.ts";

/** What is in the directory in which a server comes back to a moment. */
export const places = {
  /** Data directory, for `postgres -D`. */
  data: "data",
  segments: "segments",
  /** What the server says. */
  log: "server.log",
  /** What is to be known of the way. */
  note: "way.json",
} as const;

/** What whoever waits for the server needs to know. */
export type Note = Pick<Way, "name" | "missing"> & { readonly at: string };

/**
 * Makes a data directory of which a server of PostgreSQL 17 comes up as it was at a moment. It listens on a socket in the
 * directory only, to whoever may enter it, and needs neither bucket nor network.
 *
 * @param directory empty; whoever runs the server owns it.
 * @param at as it was given, in microseconds maybe.
 */
export async function prepareServer(
  store: BackupStore,
  way: Way,
  at: string,
  directory: string,
): Promise<void> {
  const [data, segments] = [join(directory, places.data), join(directory, places.segments)];
  for (const each of [data, segments]) await mkdir(each, { mode: 0o700 });
  const options = ["--extract", "--gzip", "--file=-", `--directory=${data}`];
  await feed({ program: "tar", options }, await store.getBase(way.name));
  for (const name of way.segments)
    await pipeline(
      Readable.from(await store.wal.get(way.base.system, name)),
      createWriteStream(fileOf(segments, name), { mode: 0o600 }),
    );
  await writeFile(join(data, "postgresql.conf"), settings(directory, at));
  // Settings of the server that the copy is of.
  await writeFile(join(data, "postgresql.auto.conf"), "");
  await writeFile(join(data, "pg_hba.conf"), "local all all trust\n");
  await writeFile(join(data, "recovery.signal"), "");
  const note: Note = { name: way.name, missing: way.missing, at };
  await writeFile(join(directory, places.note), JSON.stringify(note));
}

/** https://www.postgresql.org/docs/17/runtime-config-wal.html#RUNTIME-CONFIG-WAL-RECOVERY-TARGET */
function settings(directory: string, at: string): string {
  const segment = fileOf(join(directory, places.segments), "%f");
  return [
    // No abbreviation of a zone is known yet when it is read, `Z` neither.
    `recovery_target_time = '${at.replace(/Z$/, "+00")}'`,
    "recovery_target_action = 'promote'",
    `restore_command = 'test -f "${segment}" && gzip -dc "${segment}" > "%p"'`,
    // Nobody gets in before it is as it was; it is then not asked for as many places as the other server had.
    "hot_standby = off",
    "listen_addresses = ''",
    `unix_socket_directories = '${directory}'`,
    "unix_socket_permissions = 0700",
    "logging_collector = on",
    `log_directory = '${directory}'`,
    `log_filename = '${places.log}'`,
    "log_rotation_age = 0",
    // It is read once, and gone.
    "fsync = off",
    "full_page_writes = off",
    "autovacuum = off",
    "shared_buffers = 64MB",
    "max_parallel_workers = 0",
    "",
  ].join("\n");
}
