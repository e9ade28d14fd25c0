import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { userInfo, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../app/embedded/port.ts";
import { atEnd } from "./at-end.ts";
import { findOrInstall, orInstall } from "./debian.ts";
import type { Service } from "./services.ts";

/** `nobody`: PgBouncer refuses to run as root. */
const nobody = 65_534;

export const pgbouncer: Service<string> = {
  name: "PgBouncer",
  needs: orInstall("pgbouncer"),
  find: () => findOrInstall("pgbouncer", "pgbouncer"),
};

/**
 * A pool in transaction mode in front of a database: a client has a connection of the server's as long as its
 * transaction.
 *
 * @param url the database itself.
 * @param connections that the pool holds to it, whatever the number of its clients.
 * @returns the pooled address.
 */
export async function startPgbouncer(program: string, url: string, connections: number): Promise<string> {
  const { hostname, port: server, username, password, pathname } = new URL(url);
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "testfarm-pgbouncer-"));
  const file = join(directory, "pgbouncer.ini");
  const database = pathname.slice(1);
  const target = `host=${hostname} port=${server} dbname=${database} user=${username} password=${password}`;
  await writeFile(
    file,
    [
      "[databases]",
      `${database} = ${target}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = any",
      "pool_mode = transaction",
      `default_pool_size = ${connections}`,
      "max_client_conn = 200",
    ].join("\n"),
  );
  const isRoot = userInfo().uid === 0;
  if (isRoot) for (const each of [directory, file]) await chown(each, nobody, nobody);
  const child = spawn(program, [file], {
    stdio: ["ignore", "ignore", "pipe"],
    ...(isRoot && { uid: nobody, gid: nobody }),
  });
  atEnd(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true });
  });
  const said: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    said.push(line);
    if (!line.includes("process up")) continue;
    child.stderr.resume();
    return `postgres://${username}:unused@127.0.0.1:${port}/${database}`;
  }
  throw new Error(`pgbouncer did not start:\n${said.join("\n")}`);
}
