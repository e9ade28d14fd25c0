import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { differences } from "../../../../app/db/fingerprint.ts";
import { close, closeForGood, open, passGate } from "../../../../infra/promotion/gate.ts";
import { replicationName } from "../../../../infra/promotion/replication/names.ts";
import { publish, unpublish } from "../../../../infra/promotion/replication/publication.ts";
import { orphanedSlots } from "../../../../infra/promotion/replication/slot.ts";
import { status } from "../../../../infra/promotion/replication/status.ts";
import { subscribe, unsubscribe } from "../../../../infra/promotion/replication/subscription.ts";
import { drainTo, endOfLog, waitReady, waitSettled } from "../../../../infra/promotion/replication/wait.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
import { content } from "./content.ts";
import { connected, seed, type Server, startServer } from "./server.ts";
import { missing, startWriter } from "./writer.ts";

const run = randomUUID();
const [fwd, rev] = [replicationName("fwd", run), replicationName("rev", run)];
const waiting = { interval: 20, signal: AbortSignal.timeout(100_000) };

const slotsOf = async (client: Client) =>
  (await client.query("SELECT slot_name FROM pg_replication_slots")).rows;

describe("replication there and back", () => {
  let servers: Record<"source" | "target", Server>;
  let source: Client;
  let target: Client;

  beforeAll(async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    servers = { source: one, target: other };
    [source, target] = await Promise.all([connected(one.url), connected(other.url)]);
    await seed(one.url, 1_000);
  });

  test("follows 500 writes a second to a closed target, and has every acknowledged one once writing ends", async () => {
    await close(target, { run, answer: "refuse", windowMs: Infinity });
    const writer = await startWriter(servers.source.url, 500);
    await publish(source, { name: fwd, tables: await movedTables(source) });
    const forward = { subscriber: target, publisher: source, name: fwd };
    const wanted = { dialUrl: servers.source.url, publication: fwd, copyData: true, origin: "any" } as const;
    await subscribe(forward, wanted);
    await waitReady(forward, waiting);
    await waitSettled(forward, { ...waiting, settled: 2_000 });
    const [before, at] = [writer.count(), performance.now()];
    await vi.waitUntil(() => performance.now() - at > 2_000);
    const rate = ((writer.count() - before) * 1000) / (performance.now() - at);

    const closing = performance.now();
    await close(source, { run, answer: "hold", windowMs: 30_000 });
    const closed = performance.now();
    await drainTo(forward, await endOfLog(source), waiting);
    const drained = performance.now();
    console.log(
      `${writer.count()} acknowledged writes, ${Math.round(rate)}/s; closing ${Math.round(closed - closing)} ms, fence to caught up ${Math.round(drained - closed)} ms`,
    );

    expect(await writer.refused()).toBe("TF001");
    expect(await missing(target, writer)).toEqual([]);
    expect(differences(await content(source), await content(target))).toEqual([]);
    expect(await status(forward)).toMatchObject({
      isEnabled: true,
      isConnected: true,
      applyErrors: 0,
      copyErrors: 0,
      slot: { walStatus: "reserved" },
    });
  });

  test("is level at once where nobody has written for a while", async () => {
    const forward = { subscriber: target, publisher: source, name: fwd };
    const began = performance.now();
    await drainTo(forward, await endOfLog(source), waiting);
    console.log(`level again after ${Math.round(performance.now() - began)} ms`);
    expect((await status(forward))!.slot!.lagBytes).toBeLessThan(64 * 1024);
  });

  test("is not level before a change is in its table, however long that takes", async () => {
    const forward = { subscriber: target, publisher: source, name: fwd };
    const [reader, operator] = await Promise.all([
      connected(servers.target.url),
      connected(servers.source.url),
    ]);
    await reader.query("BEGIN; LOCK TABLE personas IN ACCESS EXCLUSIVE MODE");
    await passGate(operator, run);
    await operator.query("UPDATE personas SET name = 'Another'");
    const order: string[] = [];
    const drained = drainTo(forward, await endOfLog(source), waiting).then(() => order.push("level"));
    await sleep(500);
    order.push("released");
    await reader.query("COMMIT");
    await drained;
    expect(order).toEqual(["released", "level"]);
    expect((await target.query("SELECT name FROM personas")).rows).toEqual([{ name: "Another" }]);
  });

  test("takes what is written on the target back to the closed source, and leaves no slot", async () => {
    const back = { subscriber: source, publisher: target, name: rev };
    await publish(target, { name: rev, tables: await movedTables(target) });
    await subscribe(back, {
      dialUrl: servers.target.url,
      publication: rev,
      copyData: false,
      origin: "none",
    });
    await unsubscribe({ subscriber: target, publisher: source, name: fwd });
    await unpublish(source, fwd);
    await waitReady(back, waiting);
    await closeForGood(source, run, 100, "https://next.test");
    await open(target, { run, raiseEpoch: true });

    const writer = await startWriter(servers.target.url, 500);
    await vi.waitUntil(() => writer.count() > 1_000);
    await target.query(
      "DELETE FROM sessions WHERE id = (SELECT id FROM sessions WHERE last_seq = 0 LIMIT 1)",
    );
    await close(target, { run, answer: "hold", windowMs: 30_000 });
    const closed = performance.now();
    await drainTo(back, await endOfLog(target), waiting);
    console.log(
      `back: ${writer.count()} writes, level ${Math.round(performance.now() - closed)} ms after the fence`,
    );
    expect(await writer.refused()).toBe("TF001");
    expect(await missing(source, writer)).toEqual([]);
    expect(differences(await content(target), await content(source))).toEqual([]);

    await unsubscribe(back);
    await unpublish(target, rev);
    expect(await slotsOf(source)).toEqual([]);
    expect(await slotsOf(target)).toEqual([]);
    expect(await orphanedSlots(target)).toEqual([]);
  });
});
