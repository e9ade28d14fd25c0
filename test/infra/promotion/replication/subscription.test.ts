import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { migrate } from "../../../../app/db/migrate.ts";
import { replicationName } from "../../../../infra/promotion/replication/names.ts";
import { publish, unpublish } from "../../../../infra/promotion/replication/publication.ts";
import { createSlot, dropSlot, orphanedSlots } from "../../../../infra/promotion/replication/slot.ts";
import { status } from "../../../../infra/promotion/replication/status.ts";
import { subscribe, tryDial, unsubscribe } from "../../../../infra/promotion/replication/subscription.ts";
import { drainTo, endOfLog, waitReady } from "../../../../infra/promotion/replication/wait.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
import { describeWith } from "../../../support/services.ts";
import { postgres18 } from "../copy/postgres-18.ts";
import { connected, seed, type Server, startServer } from "./server.ts";

const name = replicationName("fwd", randomUUID());
const wanted = { publication: name, copyData: true, origin: "any" } as const;

describe("a subscription", () => {
  let source: Server;
  let target: Server;
  let publisher: Client;
  let subscriber: Client;

  beforeAll(async () => {
    [source, target] = await Promise.all([startServer(), startServer()]);
    [publisher, subscriber] = await Promise.all([connected(source.url), connected(target.url)]);
    await seed(source.url, 5);
  });
  afterEach(async () => {
    await unsubscribe({ subscriber, publisher, name });
    await unpublish(publisher, name);
    const tables = (await movedTables(subscriber)).map(({ quoted }) => quoted);
    await subscriber.query(`TRUNCATE ${tables.join(", ")}`);
  });

  const link = () => ({ subscriber, publisher, name });
  const publishAll = async () => publish(publisher, { name, tables: await movedTables(publisher) });

  test("takes in a table that is published later", async () => {
    const tables = await movedTables(publisher);
    await publish(publisher, { name, tables: tables.filter((table) => table.name !== "session_events") });
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    await publishAll();
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    await waitReady(link(), { interval: 20, signal: AbortSignal.timeout(30_000) });
    expect((await status(link()))!.tables).toHaveLength(tables.length);
    expect((await subscriber.query("SELECT FROM session_events")).rowCount).toBe(100);
  });

  test("reports how many of the tables have been copied", async () => {
    await publishAll();
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    const seen: number[] = [];
    const report = ({ done, of }: { done: number; of: number }) => seen.push(done / of);
    await waitReady(link(), { interval: 20, signal: AbortSignal.timeout(30_000), report });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  });

  test("is not waited for until the publisher's disk is full of what it does not take", async () => {
    await publishAll();
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    const waiting = { interval: 20, signal: AbortSignal.timeout(30_000), mostLog: 1 };
    await waitReady(link(), waiting);
    const reader = await connected(target.url);
    await reader.query("BEGIN; LOCK TABLE organizations");
    await publisher.query("UPDATE organizations SET name = name");
    // More than the database has, and none of it in a table.
    await publisher.query(
      "SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000)) FROM generate_series(1, 40)",
    );
    await expect(waitReady(link(), waiting)).rejects.toThrow(
      /cannot go on: the publisher keeps 0\.0 GB of its log for it, more than its database of 0\.0 GB/,
    );
    await reader.end();
  });

  test("is refused where a table is not empty, by its name", async () => {
    await publishAll();
    await subscriber.query("INSERT INTO organizations (name, slug) VALUES ('There', 'there')");
    await expect(subscribe(link(), { ...wanted, dialUrl: source.url })).rejects.toThrow(
      "public.organizations on the subscriber is not empty",
    );
    expect(await orphanedSlots(publisher)).toEqual([]);
  });

  test("is refused without a publication", async () => {
    await expect(subscribe(link(), { ...wanted, dialUrl: source.url })).rejects.toThrow(
      `There is no publication ${name}`,
    );
  });

  test("tells a wrong password or place, and no secret of it, to whoever asks or reads the logs", async () => {
    await publishAll();
    const wrong = `secret-${randomUUID()}`;
    const places = [
      Object.assign(new URL(source.url), { password: wrong }),
      Object.assign(new URL(source.url), { port: "1", password: wrong }),
      Object.assign(new URL(`${source.url}?sslmode=nonsense`), { password: wrong }),
    ];
    for (const { href: dialUrl } of places) {
      const refused = await subscribe(link(), { ...wanted, dialUrl }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: "PromotionError" });
      expect((refused as Error).message).toContain("The subscriber's server cannot subscribe");
      expect(`${(refused as Error).stack} ${JSON.stringify(refused)}`).not.toContain(wrong);
    }
    expect(`${await source.log()} ${await target.log()}`.includes(wrong)).toBe(false);
    await expect(tryDial(subscriber, places[0]!.href)).rejects.toThrow("password authentication failed");
  });

  test("is refused to an account that may not subscribe, with what it lacks", async () => {
    await publishAll();
    await subscriber.query("DROP ROLE IF EXISTS plain");
    await subscriber.query("CREATE ROLE plain LOGIN PASSWORD 'plain'");
    const plain = await connected(
      Object.assign(new URL(target.url), { username: "plain", password: "plain" }).href,
    );
    await expect(tryDial(plain, source.url)).rejects.toThrow("pg_create_subscription");
    await subscriber.query("GRANT pg_create_subscription TO plain");
    await subscriber.query(`GRANT CREATE ON DATABASE ${new URL(target.url).pathname.slice(1)} TO plain`);
    await tryDial(plain, source.url);
    await expect(tryDial(plain, Object.assign(new URL(source.url), { password: "" }).href)).rejects.toThrow(
      "has no password",
    );
  });

  test("is tried without a trace", async () => {
    await tryDial(subscriber, source.url);
    expect((await subscriber.query("SELECT FROM pg_subscription")).rowCount).toBe(0);
    expect((await publisher.query("SELECT FROM pg_replication_slots")).rowCount).toBe(0);
  });

  test("that somebody has disabled is not waited for", async () => {
    await publishAll();
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    await subscriber.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
    await expect(waitReady(link(), { interval: 20, signal: AbortSignal.timeout(30_000) })).rejects.toThrow(
      "somebody has disabled it",
    );
  });

  test("ends the wait when the operator does", async () => {
    await publishAll();
    await subscribe(link(), { ...wanted, dialUrl: source.url });
    await expect(waitReady(link(), { interval: 20, signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });
});

describe("a slot", () => {
  test("that nobody reads is found, and dropped though somebody begins to", async () => {
    const server = await startServer();
    const [publisher, reader] = await Promise.all([connected(server.url), connected(server.url)]);
    const slot = replicationName("rev", randomUUID());
    await createSlot(publisher, slot);
    await publisher.query("SELECT pg_create_logical_replication_slot('another', 'pgoutput')");
    expect(await orphanedSlots(publisher)).toMatchObject([{ name: slot, pid: null, walStatus: "reserved" }]);
    // Waits for as long as it is not ended.
    const locked = await connected(server.url);
    await locked.query("BEGIN; SELECT pg_current_xact_id()");
    await dropSlot(publisher, slot);
    const creating = reader.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
    creating.catch(() => undefined);
    await vi.waitUntil(
      async () =>
        (await publisher.query("SELECT FROM pg_replication_slots WHERE slot_name = $1 AND active", [slot]))
          .rowCount === 1,
    );
    await dropSlot(publisher, slot);
    await expect(creating).rejects.toThrow("terminating connection");
    expect(await orphanedSlots(publisher)).toEqual([]);
  });
});

await describeWith(postgres18, "a subscription of PostgreSQL 18", (start) => {
  test("follows one of 17, and counts what has gone wrong", async () => {
    const source = await startServer();
    const url = await start();
    await migrate(url);
    await seed(source.url, 5);
    const [publisher, subscriber] = await Promise.all([connected(source.url), connected(url)]);
    const link = { subscriber, publisher, name };
    await publish(publisher, { name, tables: await movedTables(publisher) });
    await subscribe(link, { ...wanted, dialUrl: source.url });
    await waitReady(link, { interval: 50, signal: AbortSignal.timeout(50_000) });
    expect(await status(link)).toMatchObject({ applyErrors: 0, copyErrors: 0, conflicts: 0 });
    // What is gone already cannot be changed, and 18 counts it.
    await subscriber.query("DELETE FROM organizations");
    await publisher.query("UPDATE organizations SET name = 'Other'");
    await drainTo(link, await endOfLog(publisher), { interval: 50, signal: AbortSignal.timeout(50_000) });
    await vi.waitFor(async () => expect((await status(link))!.conflicts).toBe(1));
    await unsubscribe(link);
  });
});
