import { randomUUID } from "node:crypto";
import { Client, Pool } from "pg";
import { describe, expect, test, vi } from "vitest";
import type { Listener, SessionAnnouncements } from "../../../app/events/contract.ts";
import { announcements } from "../../../app/events/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { emptyDatabase } from "../../support/postgres.ts";

interface Process {
  readonly announcements: SessionAnnouncements;
  /** Breaks the connection that listens, as a restart of the service would. */
  breakListening(): Promise<void>;
}

async function onPostgres(): Promise<() => Promise<Process>> {
  const url = await emptyDatabase();
  return async () => {
    const pool = new Pool({ connectionString: url, max: 2 });
    // Names the connection, so that it can be told from those of the other processes.
    const application = randomUUID();
    const direct = new URL(url);
    direct.searchParams.set("application_name", application);
    const opened = await announcements.postgres({ pool, directUrl: direct.href, onError: () => undefined });
    atEnd(() => pool.end());
    atEnd(opened.close);
    return {
      announcements: opened,
      async breakListening() {
        const client = new Client({ connectionString: url });
        await client.connect();
        const { rowCount } = await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
          [application],
        );
        await client.end();
        expect(rowCount).toBe(1);
      },
    };
  };
}

/** One row for each provider: how its suite gets processes that hear each other. */
const rows = [{ name: "postgres", connect: onPostgres }] as const;

describe.each(rows)("announcements on $name", ({ connect }) => {
  test("reach every process that listens for the session, and nobody else's listener", async () => {
    const open = await connect();
    const processes = [await open(), await open()];
    const [own, other] = [randomUUID(), randomUUID()];
    const heard = processes.map(({ announcements: each }) => {
      const [listener, stranger] = [vi.fn<Listener>(), vi.fn<Listener>()];
      each.subscribe(own, listener);
      each.subscribe(other, stranger);
      return { listener, stranger };
    });
    await processes[0]!.announcements.publish({ sessionId: own, seq: 7 });
    for (const { listener } of heard) await vi.waitFor(() => expect(listener.mock.calls).toEqual([[7]]));
    for (const { stranger } of heard) expect(stranger).not.toHaveBeenCalled();
  });

  test("reach no listener that has unsubscribed, and still reach the one beside it", async () => {
    const { announcements: only } = await (await connect())();
    const sessionId = randomUUID();
    const [gone, there] = [vi.fn<Listener>(), vi.fn<Listener>()];
    const unsubscribe = only.subscribe(sessionId, gone);
    only.subscribe(sessionId, there);
    unsubscribe();
    await only.publish({ sessionId, seq: 1 });
    await vi.waitFor(() => expect(there).toHaveBeenCalledWith(1));
    expect(gone).not.toHaveBeenCalled();
  });

  test("after a break every listener is told to look again, and announcements arrive again", async () => {
    const process = await (await connect())();
    const sessionId = randomUUID();
    const listener = vi.fn<Listener>();
    process.announcements.subscribe(sessionId, listener);
    expect(process.announcements.isListening()).toBe(true);
    await process.breakListening();
    await vi.waitFor(() => expect(process.announcements.isListening()).toBe(false), { interval: 1 });
    await vi.waitFor(() => expect(listener.mock.calls).toEqual([[]]), 5_000);
    expect(process.announcements.isListening()).toBe(true);
    await process.announcements.publish({ sessionId, seq: 2 });
    await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(2));
  });
});
