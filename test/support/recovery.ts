/** What restoring a moment takes: the server's log in the bucket, and a second server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, vi } from "vitest";
import { runRestore } from "../../app/backup/restore.ts";
import { positionAt, positionOf } from "../../app/backup/wal/segments.ts";
import { accountFor } from "../../app/embedded/account.ts";
import { freePort } from "../../app/embedded/port.ts";
import { findPackage, preparePrograms } from "../../app/embedded/programs.ts";
import { atEnd } from "./at-end.ts";
import { type BackedUp, query } from "./backups.ts";
import type { TestBucket } from "./s3.ts";

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-wal-"));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Identifier of the database's server. */
export async function systemOf({ ownerUrl }: BackedUp): Promise<string> {
  const { rows } = await query<{ system: string }>(
    ownerUrl,
    "SELECT system_identifier::text AS system FROM pg_control_system()",
  );
  return rows[0]!.system;
}

/** Does something, and tells the moment after it, by the server's clock. */
export async function afterwards(url: string, statement: string): Promise<string> {
  await query(url, statement);
  const { rows } = await query<{ now: string }>(
    url,
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
  );
  return rows[0]!.now;
}

/** Ends the segment that is written to. @returns its position. */
export async function endSegment({ ownerUrl }: BackedUp): Promise<number> {
  await query(ownerUrl, "SELECT pg_logical_emit_message(true, 'test', '')");
  const { rows } = await query<{ location: string }>(ownerUrl, "SELECT pg_switch_wal() AS location");
  return positionAt(rows[0]!.location);
}

/** Positions of the segments in the bucket, in their order. */
export async function archivedPositions(context: BackedUp): Promise<number[]> {
  const segments = await context.store.wal.list(await systemOf(context));
  return segments.map(({ name }) => positionOf(name));
}

/** Returns when all that has been committed is in the bucket. */
export async function whenArchived(context: BackedUp): Promise<void> {
  const position = await endSegment(context);
  await vi.waitFor(async () => expect(await archivedPositions(context)).toContain(position), {
    timeout: 100_000,
    interval: 300,
  });
}

/** What `npm run restore -- <stack> --at` does, with a server of the package in place of a container. @returns what it says. */
export async function restoreAt({ ownerUrl: url, store, programs }: BackedUp, at: string): Promise<string[]> {
  const said: string[] = [];
  const restore = (...args: string[]) =>
    runRestore({ url, store, programs, say: (line) => said.push(line) }, args);
  const directory = await temporaryDirectory();
  await restore("--at", at, "--into", directory);
  const stop = await startServer(directory);
  try {
    await restore("--from", directory);
  } finally {
    await stop();
  }
  return said;
}

async function startServer(directory: string): Promise<() => Promise<void>> {
  const home = await temporaryDirectory();
  const account = await accountFor(home);
  const { pg_ctl } = await preparePrograms(await findPackage(), home, account);
  if (account)
    for (const path of ["", ...(await readdir(directory, { recursive: true }))])
      await chown(join(directory, path), account.uid, account.gid);
  if (account) await chown(home, account.uid, account.gid);
  const data = join(directory, "data");
  const child = spawn(join(dirname(pg_ctl), "postgres"), ["-D", data], {
    cwd: directory,
    stdio: "ignore",
    ...account,
  });
  const ended = once(child, "exit");
  return async () => {
    child.kill("SIGINT");
    await ended;
  };
}

/** A bucket that can go away and come back. */
export async function unsteady(bucket: TestBucket) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const other = connect(Number(new URL(bucket.endpoint).port), "127.0.0.1");
    for (const each of [socket, other])
      sockets.add(
        each.on("error", () => undefined).on("close", () => [socket, other].forEach((one) => one.destroy())),
      );
    socket.pipe(other).pipe(socket);
  });
  const comeBack = async () => {
    await once(server.listen(port, "127.0.0.1"), "listening");
  };
  const leave = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  await comeBack();
  atEnd(() => (server.listening ? leave() : undefined));
  return { bucket: { ...bucket, endpoint: `http://127.0.0.1:${port}` }, leave, comeBack };
}
