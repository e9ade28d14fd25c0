import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseAt, withClient } from "../../../../app/backup/connection.ts";
import { diskStorage } from "../../../../app/storage/disk.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import type { Connected } from "../../../../infra/promotion/preflight/contract.ts";
import { atEnd } from "../../../support/at-end.ts";
import { connected, type Server } from "../replication/server.ts";

/** The promotion that asks. */
export const run = randomUUID();
export const ok = { level: "ok", remedy: "" };

export const store = async () => {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-preflight-"));
  atEnd(() => rm(directory, { recursive: true }));
  return storeOf(diskStorage(directory));
};

export async function endAt(name: string, url: string): Promise<Connected> {
  return { name, databaseUrl: url, dialUrl: url, objects: await store(), client: await connected(url) };
}

/** A database of its own, made as `CREATE DATABASE` is told. */
export async function databaseOn(server: Server, name: string, ...options: string[]): Promise<Connected> {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${database} ${options.join(" ")}`));
  return endAt(name, databaseAt(server.url, database));
}

/** As somebody who owns nothing. */
export async function plainOn(server: Server): Promise<Connected> {
  const name = `plain_${randomUUID().slice(0, 8)}`;
  await withClient(server.url, (client) => client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'plain'`));
  return endAt("mvp", Object.assign(new URL(server.url), { username: name, password: "plain" }).href);
}
