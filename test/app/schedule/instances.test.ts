import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { and, eq, lte } from "drizzle-orm";
import { Client } from "pg";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { schedules, sessions } from "../../../app/db/schema.ts";
import { createSchedule, nextRun } from "../../../app/schedule/schedules.ts";
import { openServices } from "../../../app/services.ts";
import { reconcile } from "../../../app/worker/start.ts";
import { createTenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";

const minute = 60_000;
const script = fileURLToPath(import.meta.resolve("./sweeper.ts"));

/** One instance in a process of its own. */
async function startInstance(url: string, directory: string) {
  const child = spawn(process.execPath, ["--import", "tsx", script, url, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  atEnd(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  let isBusy = false;
  return {
    isBusy: () => isBusy,
    /** Resolves once it has swept, or was killed. */
    async sweep(now: Date): Promise<void> {
      isBusy = true;
      child.stdin.write(`${now.toISOString()}\n`);
      await Promise.race([lines.next(), exited]);
      isBusy = false;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

type Instance = Awaited<ReturnType<typeof startInstance>>;

/** Kills an instance that has claimed runs and not started them. @returns which one it was. */
async function killInTheMiddle(
  instances: readonly Instance[],
  blocker: Client,
  now: Date,
): Promise<Instance> {
  // Nobody can insert a session: each instance that has claimed runs is in the middle of its transaction.
  await blocker.query("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
  const sweeping = instances.map((each) => each.sweep(now));
  const busy = () => instances.filter((each) => each.isBusy());
  await vi.waitFor(async () => {
    const { rowCount } = await blocker.query("SELECT FROM pg_locks WHERE NOT granted");
    if (rowCount === 0 || rowCount !== busy().length) throw new Error("Some are still on their way.");
  }, 10_000);
  const [victim] = busy();
  await victim!.kill();
  await blocker.query("COMMIT");
  await Promise.all(sweeping);
  return victim!;
}

/** What stands in a schedule, and by a wall clock of its time zone on which minutes it is due. */
const kinds = [
  { cron: "0 * * * *", timezone: "UTC", isDue: ({ minutes }: Clock) => minutes === 0 },
  { cron: "*/30 * * * *", timezone: "Europe/Madrid", isDue: ({ minutes }: Clock) => minutes % 30 === 0 },
  // Half past two is skipped in spring, and comes twice in autumn.
  { cron: "30 2 * * *", timezone: "Europe/Madrid", isDue: undefined },
  {
    cron: "0 3 * * *",
    timezone: "Europe/Madrid",
    isDue: ({ hours, minutes }: Clock) => hours === 3 && minutes === 0,
  },
  {
    cron: "0 21 * * *",
    timezone: "America/New_York",
    isDue: ({ hours, minutes }: Clock) => hours === 21 && minutes === 0,
  },
] as const;

interface Clock {
  readonly hours: number;
  readonly minutes: number;
}

function clockOf(at: Date, timeZone: string): Clock {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  });
  const read = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return { hours: read["hour"]!, minutes: read["minute"]! };
}

test.each([
  {
    change: "to summer time",
    from: "2026-03-28T23:00:00Z",
    to: "2026-03-29T04:00:00Z",
    halfPastTwo: "2026-03-29T01:30:00.000Z",
  },
  {
    change: "back from summer time",
    from: "2026-10-24T22:00:00Z",
    to: "2026-10-25T04:00:00Z",
    halfPastTwo: "2026-10-25T00:30:00.000Z",
  },
])(
  "five instances start each run of 200 schedules once, across the change $change, one of them killed in the middle",
  async ({ from, to, halfPastTwo }) => {
    const url = await migratedDatabase();
    const directory = await mkdtemp(join(tmpdir(), "testfarm-schedules-"));
    atEnd(() => rm(directory, { recursive: true }));
    const services = await openServices(
      { databaseUrl: url, directUrl: url, storageDirectory: directory },
      pino({ level: "silent" }),
    );
    atEnd(services.close);
    const { db, queue } = services;
    const [start, end] = [new Date(from), new Date(to)];
    const { orgId, personaId } = await createTenant(services, "Own");
    const expected: string[] = [];
    for (let n = 0; n < 200; n++) {
      const { cron, timezone, isDue } = kinds[n % kinds.length]!;
      const task = { url: "http://shop.test/", objective: `Run ${n}`, personaId };
      const { id } = await createSchedule(db, orgId, { ...task, cron, timezone, overlap: "queue" });
      await db
        .update(schedules)
        .set({ nextRunAt: nextRun(cron, timezone, start) })
        .where(eq(schedules.id, id));
      for (let at = start.getTime() + minute; at <= end.getTime(); at += minute) {
        const time = new Date(at);
        const due = isDue ? isDue(clockOf(time, timezone)) : time.toISOString() === halfPastTwo;
        if (due) expected.push(`schedule:${id}:${time.toISOString()}`);
      }
    }

    const instances = await Promise.all(Array.from({ length: 5 }, () => startInstance(url, directory)));
    const left = (now: Date) =>
      db.$count(schedules, and(eq(schedules.paused, false), lte(schedules.nextRunAt, now)));
    const blocker = new Client({ connectionString: url });
    await blocker.connect();
    atEnd(() => blocker.end());
    const killAt = start.getTime() + 2 * 60 * minute;
    for (let at = start.getTime(); at <= end.getTime(); at += 15 * minute) {
      const now = new Date(at);
      if (at === killAt) {
        const victim = await killInTheMiddle(instances, blocker, now);
        instances.splice(instances.indexOf(victim), 1);
      }
      do await Promise.all(instances.map((each) => each.sweep(now)));
      while ((await left(now)) > 0);
    }

    const started = await db.select({ key: sessions.idempotencyKey, id: sessions.id }).from(sessions);
    expect(started.map(({ key }) => key).toSorted()).toEqual(expected.toSorted());
    await reconcile(db, queue);
    const held = await Promise.all(started.map(({ id }) => queue.holds({ orgId, sessionId: id })));
    expect(held.every(Boolean)).toBe(true);
  },
  240_000,
);
