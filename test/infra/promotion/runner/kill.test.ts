import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Path } from "../../../../infra/promotion/contract.ts";
import { readRun } from "../../../../infra/promotion/ledger/read.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import type { Outcome } from "../../../../infra/promotion/runner/contract.ts";
import { withClient } from "../../../../app/backup/connection.ts";
import { atEnd } from "../../../support/at-end.ts";
import { emptyDatabase } from "../../../support/postgres.ts";
import { bundled, ordered } from "../bundle.ts";
import { follow, type Order, sceneIn } from "./runner-process.ts";
import { plan } from "./scripted.ts";
import { newWorld, openSides, write } from "./world.ts";

const patience = 600_000;

const program = await bundled(join(import.meta.dirname, "runner-process.ts"));
const inProcess = (order: Order) => ordered<Outcome>(program, order);

async function begin(path: Path) {
  const url = await emptyDatabase();
  const directory = await mkdtemp(join(tmpdir(), "testfarm-promotion-"));
  atEnd(() => rm(directory, { recursive: true }));
  const { load, save } = sceneIn(directory);
  const change = (how: (world: ReturnType<typeof newWorld>) => void) => {
    const world = load();
    how(world);
    save(world);
  };
  save(newWorld());
  change(write);
  await (await startRun(plan(path), { url })).close();
  const order = { url, directory, isBack: false, killAt: 0 };
  return {
    order,
    load,
    change,
    /** Kills every runner: one before each action has its effect, the next one after it, until one gets to the end. */
    async killed(how: Partial<Order>): Promise<{ outcome: Outcome; kills: number }> {
      // The one that was killed before goes through that action's first moment again, the one killed after it through both.
      for (let kills = 0, killAt = 1; ; kills++, killAt = kills % 2 === 0 ? 3 : 2) {
        const outcome = await inProcess({ ...order, ...how, killAt });
        if (outcome) return { outcome, kills };
        const world = load();
        expect(world.violations).toEqual([]);
        expect(openSides(world).length).toBeLessThanOrEqual(1);
        // A roll back that was begun goes on whichever command resumes it.
        if (kills % 3 === 0) how = { ...how, isBack: false };
      }
    },
    entries: async () => (await withClient(url, readRun))!.entries,
  };
}

test(
  "a promotion whose runner is killed before and after each action comes to its end",
  { timeout: patience },
  async () => {
    const { killed, load, entries } = await begin("ONLINE");
    const { outcome, kills } = await killed({});
    expect(outcome).toEqual({ kind: "done", state: "DESTROY" });
    const { forward } = plan("ONLINE");
    expect(kills).toBe(2 * forward.flatMap(({ actions }) => actions).length);
    expect(load()).toMatchObject({ source: "gone", target: "open", rows: { target: 1 }, violations: [] });
    // Each was begun three times, and done once.
    const all = await entries();
    expect(all.filter(({ action, status }) => action === "verify" && status === "begun")).toHaveLength(3);
    expect(all.filter(({ action, status }) => action === "verify" && status === "done")).toHaveLength(1);
  },
);

test.each([
  ["ONLINE", "REVERSE-ARM", 8],
  ["OFFLINE", "VERIFY", 5],
] as const)(
  "%s a roll back that is killed before and after each undo leaves everything as it was",
  { timeout: patience },
  async (path, stopAfter, undos) => {
    const { order, killed, load } = await begin(path);
    expect(await follow({ ...order, stopAfter })).toMatchObject({ kind: "stopped" });
    const { outcome, kills } = await killed({ isBack: true });
    expect(outcome).toMatchObject({ kind: "rolled-back", reason: "wanted" });
    expect(kills).toBe(2 * undos);
    expect(load()).toMatchObject({ source: "open", target: "absent", built: [], violations: [] });
  },
);

test.each(["ONLINE", "OFFLINE"] as const)(
  "%s a way back that is killed before and after each action brings back what was written",
  { timeout: patience },
  async (path) => {
    const { order, killed, load, change } = await begin(path);
    expect(await follow({ ...order, stopAfter: "SWITCH" })).toMatchObject({ kind: "stopped" });
    change(write);
    const { outcome, kills } = await killed({ isBack: true });
    expect(outcome).toMatchObject({ kind: "rolled-back", reason: "wanted" });
    expect(kills).toBe(2 * plan(path).back.flatMap(({ actions }) => actions).length);
    expect(load()).toMatchObject({
      source: "open",
      target: "closed for good",
      rows: { source: 2 },
      answered: 2,
      violations: [],
    });
  },
);
