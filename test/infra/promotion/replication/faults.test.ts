import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { differences } from "../../../../app/db/fingerprint.ts";
import { replicationName } from "../../../../infra/promotion/replication/names.ts";
import { publish, unpublish } from "../../../../infra/promotion/replication/publication.ts";
import { orphanedSlots } from "../../../../infra/promotion/replication/slot.ts";
import { status } from "../../../../infra/promotion/replication/status.ts";
import { type Link, subscribe, unsubscribe } from "../../../../infra/promotion/replication/subscription.ts";
import { drainTo, endOfLog, waitReady } from "../../../../infra/promotion/replication/wait.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
import { cuttable } from "../../../support/cuttable.ts";
import { faultProxy } from "../../../support/fault-proxy.ts";
import { content } from "./content.ts";
import { connected, ids, seed, type Server, startServer } from "./server.ts";

vi.setConfig({ testTimeout: 150_000 });

const waiting = () => ({ interval: 50, signal: AbortSignal.timeout(100_000) });

/** The first copy of some ten thousand events is under way. */
const isCopying = async (link: Link) =>
  (await status(link))!.tables.some(
    ({ table, state }) => table === "public.session_events" && state === "copying",
  );

const write = (client: ClientBase) =>
  client.query(
    "INSERT INTO sessions (org_id, persona_id, url, objective) VALUES ($1, $2, 'http://shop.test', 'Later')",
    [ids.org, ids.persona],
  );

/** What is not the same on both sides, once what was written in the meantime has arrived too. */
async function differencesOf(link: Link): Promise<string[]> {
  await write(link.publisher);
  await waitReady(link, waiting());
  await drainTo(link, await endOfLog(link.publisher), waiting());
  return differences(await content(link.publisher), await content(link.subscriber));
}

describe("replication through failures", () => {
  let source: Server;
  let target: Server;
  let name: string;

  beforeAll(async () => {
    // After a failure a server tries again in 5 seconds, unless it is told otherwise.
    const soon = "wal_retrieve_retry_interval=500ms";
    [source, target] = await Promise.all([startServer(soon), startServer(soon)]);
    await seed(source.url, 3_000);
  });
  beforeEach(() => {
    name = replicationName("fwd", randomUUID());
  });
  afterEach(async () => {
    const link = await linked();
    await unsubscribe(link);
    await unpublish(link.publisher, name);
    const tables = (await movedTables(link.subscriber)).map(({ quoted }) => quoted);
    await link.subscriber.query(`TRUNCATE ${tables.join(", ")}`);
    const { rows } = await link.publisher.query("SELECT slot_name FROM pg_replication_slots");
    expect(rows).toEqual([]);
  });

  const linked = async (): Promise<Link> => ({
    subscriber: await connected(target.url),
    publisher: await connected(source.url),
    name,
  });

  async function begin(dialUrl = source.url): Promise<Link> {
    const link = await linked();
    await publish(link.publisher, { name, tables: await movedTables(link.publisher) });
    await subscribe(link, { dialUrl, publication: name, copyData: true, origin: "any" });
    return link;
  }

  test("goes on when the publisher was killed during the first copy", async () => {
    const link = await begin();
    await vi.waitUntil(() => isCopying(link));
    await source.crash();
    // The runner's own connection is gone too.
    await expect(waitReady(link, waiting())).rejects.toThrow(/terminat|ECONN|closed|not queryable/);
    await source.start();
    expect(await differencesOf(await linked())).toEqual([]);
  });

  test("goes on when the subscriber was killed during the first copy", async () => {
    const link = await begin();
    await vi.waitUntil(() => isCopying(link));
    await target.crash();
    await write(link.publisher);
    await target.start();
    expect(await differencesOf(await linked())).toEqual([]);
  });

  test("goes on by another address when the way between the servers was cut", async () => {
    const way = await cuttable(source.port);
    const dialUrl = Object.assign(new URL(source.url), { port: new URL(way.url).port }).href;
    const link = await begin(dialUrl);
    await vi.waitUntil(() => isCopying(link));
    way.cut();
    await vi.waitUntil(async () => !(await status(link))!.isConnected);
    await subscribe(link, { dialUrl: source.url, publication: name, copyData: true, origin: "any" });
    expect(await differencesOf(link)).toEqual([]);
  });

  test(
    "gives up to dial a server that is heard no more, and whoever comes next waits for nobody",
    { timeout: 90_000 },
    async () => {
      const way = await faultProxy(source.port);
      way.break({ kind: "half-open" });
      const dialUrl = Object.assign(new URL(source.url), { port: way.port }).href;
      await expect(begin(dialUrl)).rejects.toThrow(
        /^The subscriber's server cannot subscribe: canceling statement due to statement timeout\. It dials/,
      );
      way.heal();
      const link = await begin(dialUrl);
      expect(await differencesOf(link)).toEqual([]);
    },
  );

  test("is undone while the publisher is away, whose slots go once it is back", async () => {
    const link = await begin();
    const copying = "SELECT FROM pg_stat_progress_copy";
    await vi.waitUntil(async () => (await link.publisher.query(copying)).rowCount !== 0, {
      interval: 10,
      timeout: 30_000,
    });
    await source.crash();
    await unsubscribe({ ...link, publisher: undefined });
    expect(await status({ ...link, publisher: link.subscriber })).toBeUndefined();
    await source.start();
    const { publisher, ...again } = await linked();
    const names = (await orphanedSlots(publisher)).map((slot) => slot.name);
    expect(names).toEqual(expect.arrayContaining([name, expect.stringMatching(/^pg_\d+_sync_/)]));
    await unsubscribe({ ...again, publisher });
    expect(await orphanedSlots(publisher)).toEqual([]);
  });

  test("says so when the publisher has removed log that was not read", async () => {
    const link = await begin();
    await waitReady(link, waiting());
    await link.subscriber.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
    await link.publisher.query("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    await link.publisher.query("SELECT pg_reload_conf()");
    // The slot is let go once its process has ended.
    await vi.waitUntil(async () => (await status(link))!.slot!.pid === null);
    for (let n = 0; n < 4; n++) {
      await link.publisher.query(
        "SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)), pg_switch_wal()",
      );
      await link.publisher.query("CHECKPOINT");
    }
    await vi.waitUntil(async () => (await status(link))!.slot!.walStatus === "lost");
    const again = subscribe(link, { dialUrl: source.url, publication: name, copyData: true, origin: "any" });
    await expect(again).rejects.toThrow("max_slot_wal_keep_size");
    await link.subscriber.query(`ALTER SUBSCRIPTION ${name} ENABLE`);
    await expect(waitReady(link, waiting())).rejects.toThrow("changes are lost");
    await link.publisher.query("ALTER SYSTEM RESET max_slot_wal_keep_size");
    await link.publisher.query("SELECT pg_reload_conf()");
  });

  test("says so when a table cannot be copied, however level the others are", async () => {
    const link = await linked();
    // Another type on the subscriber, as an application of another version would have it.
    await link.subscriber.query("ALTER TABLE personas ALTER COLUMN name TYPE integer USING 1");
    await begin();
    try {
      await expect(waitReady(link, waiting())).rejects.toThrow(
        /have failed 3 times, with .*public\.personas.* not copied yet/,
      );
    } finally {
      await link.subscriber.query("ALTER TABLE personas ALTER COLUMN name TYPE text");
    }
  });
});
