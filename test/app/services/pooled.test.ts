import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { readEvents } from "../../../app/db/events.ts";
import { createSession, findSession } from "../../../app/db/sessions.ts";
import type { Listener } from "../../../app/events/contract.ts";
import { addressesOf, openServices } from "../../../app/services.ts";
import type { OpenServices } from "../../../app/services.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { createTenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { pgbouncer, startPgbouncer } from "../../support/pgbouncer.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { scriptedSession } from "../../support/scripted-session.ts";
import { describeWith } from "../../support/services.ts";

/** More clients than connections: each of them soon gets one that another client has used. */
const connections = 2;

await describeWith(pgbouncer, "with PgBouncer in transaction mode", (program) => {
  async function start(): Promise<{ pooled: string; open(): Promise<OpenServices> }> {
    const direct = await migratedDatabase();
    const pooled = await startPgbouncer(program, direct, connections);
    const directory = await mkdtemp(join(tmpdir(), "testfarm-pooled-"));
    atEnd(() => rm(directory, { recursive: true }));
    const env = { DATABASE_URL: pooled, DATABASE_DIRECT_URL: direct, STORAGE_DIR: directory };
    return {
      pooled,
      async open() {
        const services = await openServices(addressesOf(env), pino({ level: "silent" }));
        atEnd(services.close);
        return services;
      },
    };
  }

  test("clients do share the pool's connections", async () => {
    const { pooled } = await start();
    const pool = new Pool({ connectionString: pooled, max: 10 });
    const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    const rows = await Promise.all(clients.map((each) => each.query("SELECT pg_backend_pid() AS pid")));
    for (const each of clients) each.release();
    await pool.end();
    const pids = rows.map(({ rows: [row] }) => (row as { pid: number }).pid);
    expect(new Set(pids).size).toBeLessThanOrEqual(connections);
  });

  test("an announcement that is sent through the pool reaches who listens beside it", async () => {
    const { open } = await start();
    const [sender, receiver] = [await open(), await open()];
    const sessionId = randomUUID();
    const listener = vi.fn<Listener>();
    receiver.announcements.subscribe(sessionId, listener);
    for (let seq = 1; seq <= 20; seq++) await sender.announcements.publish({ sessionId, seq });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(20));
  });

  test("sessions run from the queue to their verdict, several at a time in two workers", async () => {
    const { open } = await start();
    const [first, second] = [await open(), await open()];
    const { orgId, personaId } = await createTenant(first, "Own");
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) {
      const task = { url: "http://shop.test/", objective: "Do 5 steps", personaId };
      const { id } = await createSession(first.db, orgId, task);
      await first.queue.add({ orgId, sessionId: id });
      ids.push(id);
    }
    for (const services of [first, second]) {
      const worker = await startWorker({ ...services, ...scriptedSession(() => sleep(20)), concurrency: 4 });
      atEnd(worker.close);
    }
    await vi.waitFor(
      async () => {
        for (const id of ids) expect((await findSession(first.db, orgId, id))?.status).toBe("passed");
      },
      { timeout: 15_000, interval: 200 },
    );
    for (const sessionId of ids) {
      const events = await readEvents(first.db, orgId, { sessionId, seq: 0 }, 100);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.map(({ attempt }) => attempt).every((attempt) => attempt === 1)).toBe(true);
    }
    expect(await first.ready()).toEqual({ database: true, queue: true, events: true });
  });
});
