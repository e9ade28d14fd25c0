import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startPostgres } from "../../../app/embedded/postgres.ts";
import type { RunningPostgres } from "../../../app/embedded/postgres.ts";
import { processTree, stillRunning } from "../../support/processes.ts";

const password = "a password: with 'quotes' & signs";
let directory: string;
let running: RunningPostgres | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "testfarm-server-"));
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(directory, { recursive: true });
});

const start = async () => (running = await startPostgres({ directory, password }));

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Row>(statement).finally(() => client.end());
  return rows;
}

const pidFile = () => join(directory, "data", "postmaster.pid");
const pid = async () => Number((await readFile(pidFile(), "utf8")).split("\n")[0]);

test("the data of one start are there at the next one, on another port with the same password", async () => {
  const { url, stop } = await start();
  await query(url, "CREATE TABLE kept AS SELECT 7 AS number");
  await stop();
  expect(await stat(pidFile()).catch(() => "gone")).toBe("gone");
  expect(await query((await start()).url, "SELECT number FROM kept")).toEqual([{ number: 7 }]);
});

test("it is PostgreSQL 17 in UTF-8, ready for logical replication, and heard on 127.0.0.1 alone", async () => {
  const { url } = await start();
  const settings = [
    "server_version_num",
    "server_encoding",
    "wal_level",
    "listen_addresses",
    "unix_socket_directories",
  ];
  const [row] = await query<Record<string, string>>(
    url,
    `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join(", ")}`,
  );
  expect(row).toMatchObject({
    server_version_num: expect.stringMatching(/^17/),
    server_encoding: "UTF8",
    wal_level: "logical",
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
  });
  const wrong = Object.assign(new URL(url), { password: "wrong" }).href;
  await expect(query(wrong, "SELECT 1")).rejects.toThrow("password authentication failed");
});

test("a server that a killed process left behind is stopped, and its data are used", async () => {
  const { url } = await start();
  await query(url, "CREATE TABLE kept AS SELECT 7 AS number");
  const leftover = await processTree(await pid());
  const { url: next } = await start();
  expect(await stillRunning(leftover)).toEqual([]);
  expect(await query(next, "SELECT number FROM kept")).toEqual([{ number: 7 }]);
});

test("a process id that now is another program's neither keeps it from starting nor is signalled", async () => {
  await start();
  const [, ...rest] = (await readFile(pidFile(), "utf8")).split("\n");
  const server = await processTree(await pid());
  process.kill(await pid(), "SIGKILL");
  await vi.waitFor(async () => expect(await stillRunning(server)).toEqual([]));
  await writeFile(pidFile(), [process.pid, ...rest].join("\n"));
  const received = vi.fn<() => void>();
  process.on("SIGINT", received).on("SIGTERM", received).on("SIGQUIT", received);
  expect(await query((await start()).url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  process.off("SIGINT", received).off("SIGTERM", received).off("SIGQUIT", received);
  expect(received).not.toHaveBeenCalled();
});

test("an initialisation that was interrupted is begun again", async () => {
  const { stop } = await start();
  await stop();
  await rm(join(directory, "data"), { recursive: true });
  await writeFile(join(directory, "data.new"), "half");
  expect(await query((await start()).url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("when it does not start, the error ends with what PostgreSQL says", async () => {
  const { stop } = await start();
  await stop();
  running = undefined;
  await writeFile(join(directory, "data", "PG_VERSION"), "9.6\n");
  await expect(startPostgres({ directory, password })).rejects.toThrow(/PostgreSQL did not start.*\n.*9\.6/s);
});
