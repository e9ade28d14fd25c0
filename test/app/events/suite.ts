import { randomUUID } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import type { Listener, SessionAnnouncements } from "../../../app/events/contract.ts";

export interface Process {
  readonly announcements: SessionAnnouncements;
  /** Breaks the connection that listens, as a restart of the service would. */
  breakListening(): Promise<void>;
}

/**
 * What every provider of announcements does alike.
 *
 * @param connect gives what opens processes that hear each other.
 */
export function announcementsSuite(name: string, connect: () => Promise<() => Promise<Process>>): void {
  describe(`announcements on ${name}`, () => {
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
      for (const [index, { announcements: each }] of processes.entries()) {
        await each.publish({ sessionId: own, seq: index + 7 });
        for (const { listener } of heard)
          await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(index + 7));
      }
      for (const { listener, stranger } of heard) {
        expect(listener).toHaveBeenCalledTimes(2);
        expect(stranger).not.toHaveBeenCalled();
      }
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
      const [listener, gone] = [vi.fn<Listener>(), vi.fn<Listener>()];
      process.announcements.subscribe(sessionId, listener);
      process.announcements.subscribe(sessionId, gone)();
      // More than once: whatever listens after a break must notice the next one.
      for (const seq of [2, 3]) {
        listener.mockClear();
        expect(process.announcements.isListening()).toBe(true);
        await process.breakListening();
        await vi.waitFor(() => expect(process.announcements.isListening()).toBe(false), { interval: 1 });
        await vi.waitFor(() => expect(listener.mock.calls).toEqual([[]]));
        expect(process.announcements.isListening()).toBe(true);
        await process.announcements.publish({ sessionId, seq });
        await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(seq));
      }
      expect(gone).not.toHaveBeenCalled();
    });

    test("nothing listens any more once they are closed", async () => {
      const process = await (await connect())();
      await process.announcements.close();
      expect(process.announcements.isListening()).toBe(false);
    });
  });
}
