import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { migrate } from "../../../../app/db/migrate.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import type { Detail, Path, Plan, Side } from "../../../../infra/promotion/contract.ts";
import { findStatus, toText } from "../../../../infra/promotion/commands/status.ts";
import { readGate } from "../../../../infra/promotion/gate.ts";
import { type OpenLedger, resumeRun, startRun } from "../../../../infra/promotion/ledger/open.ts";
import { orphanedSlots } from "../../../../infra/promotion/replication/slot.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import { atEnd } from "../../../support/at-end.ts";
import { describeWith } from "../../../support/services.ts";
import { postgres18 } from "../copy/postgres-18.ts";
import { seed, startServer } from "../replication/server.ts";
import { contextOf, planOf, quietSurroundings, sideOf } from "./installation.ts";
import { audit, journal, keepWriting } from "./writer.ts";

const whole = { lost: [], duplicated: [] };

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "testfarm-promotion-"));
  atEnd(() => rm(path, { recursive: true }));
  return path;
}

const paths = ["ONLINE", "OFFLINE"] as const;
const startSeventeen = async () => (await startServer()).url;

describe.each(paths)("%s", (path) => {
  moves(path, startSeventeen);
});
await describeWith(postgres18, "from PostgreSQL 17 to 18", (startEighteen) => {
  const startMigrated = async () => {
    const url = await startEighteen();
    await migrate(url);
    return url;
  };
  describe.each(paths)("%s", (path) => {
    moves(path, startMigrated);
  });
});

/** Tells of one installation that moves there and back, each test going on where the one before it ended. */
function moves(path: Path, startTarget: () => Promise<string>): void {
  let source: Side;
  let target: Side;
  let plan: Plan;
  const done: string[] = [];

  beforeAll(async () => {
    const [one, other] = [await startSeventeen(), await startTarget()];
    await seed(one, 50);
    for (const url of [one, other]) await withClient(url, (client) => client.query(journal));
    source = await sideOf("mvp", { url: one, screenshots: await directory() });
    target = await sideOf("growth", { url: other, screenshots: await directory() });
    plan = planOf(path);
  });

  const options = (ledger: OpenLedger) => ({
    ledger,
    actions,
    guards,
    holds,
    context: contextOf(plan, { source, target }, quietSurroundings(done)),
  });
  const gates = () =>
    Promise.all(
      [source, target].map(({ databaseUrl }) =>
        withClient(databaseUrl, async (client) => {
          const { state, epoch } = await readGate(client);
          return `${state} ${epoch}`;
        }),
      ),
    );
  /** Of what was there ONLINE only what has changed since is read while nobody may write. */
  const readLittle = (counts: Detail | undefined): boolean =>
    path === "OFFLINE" || Number(counts?.["rowsRead"]) < Number(counts?.["rows"]) / 2;
  const slots = () =>
    Promise.all([source, target].map(({ databaseUrl }) => withClient(databaseUrl, orphanedSlots)));

  test("all that was acknowledged is on the target, which alone is written to", async () => {
    const writer = keepWriting([source, target]);
    const ledger = await startRun(plan, { url: source.databaseUrl });
    const outcome = await advance(options(ledger));
    const compared = ledger.entries().findLast(({ action, detail }) => action === "verify" && detail);
    await ledger.close();
    const written = await writer.stop();
    expect(outcome).toEqual({ kind: "waiting", state: "OBSERVE" });
    expect(compared?.detail).toSatisfy(readLittle);
    expect([written.turns, written.astray]).toEqual([["mvp", "growth"], []]);
    expect(written.objects.size).toBeGreaterThan(0);
    expect(await audit(target, written)).toEqual(whole);
    expect(await gates()).toEqual(["closed 1", "open 2"]);
    const status = (await findStatus(async () => source, "mvp", undefined))!;
    expect(toText(status).includes("what is written at growth comes, heard of it at 2")).toBe(
      path === "ONLINE",
    );
    console.log(`${path}: ${written.rows.size} writes, the longest pause ${written.longestPause} ms`);
  });

  test("what is written there comes back, and the source is written to again", async () => {
    const writer = keepWriting([source, target]);
    const ledger = await resumeRun({ url: source.databaseUrl });
    const outcome = await goBack(options(ledger), "It was tried.");
    await ledger.close();
    expect((await findStatus(async () => source, "mvp", undefined))!.follows).toBe(null);
    const written = await writer.stop();
    expect(outcome).toMatchObject({ kind: "rolled-back" });
    expect([written.turns, written.astray]).toEqual([["growth", "mvp"], []]);
    expect(await audit(source, written)).toEqual(whole);
    expect(await gates()).toEqual(["open 3", "closed 2"]);
    expect(await slots()).toEqual([[], []]);
    console.log(`${path} back: ${written.rows.size} writes, the longest pause ${written.longestPause} ms`);
  });

  test("a row that is changed on the target keeps it from being opened, and the source opens again", async () => {
    plan = planOf(path);
    const spoilt = {
      ...actions,
      verify: async (...args: Parameters<typeof actions.verify>) => {
        await withClient(target.databaseUrl, async (client) => {
          await client.query("SELECT set_config('testfarm.promotion', $1, false)", [plan.run]);
          await client.query("UPDATE organizations SET name = 'Other'");
        });
        return actions.verify(...args);
      },
    };
    // The target of the promotion before is emptied first, as one would.
    await withClient(target.databaseUrl, async (client) => {
      await client.query("UPDATE promotion.gate SET state = 'open', until = NULL");
      await client.query("TRUNCATE organizations, users, journal CASCADE");
    });
    const ledger = await startRun(plan, { url: source.databaseUrl });
    const outcome = await advance({ ...options(ledger), actions: spoilt });
    await ledger.close();
    expect(outcome).toMatchObject({ kind: "undone", state: "QUIESCE" });
    expect(outcome.reason).toMatch(/growth is not as mvp:\npublic\.organizations: /);
    expect(await gates()).toEqual(["open 3", "closed 2"]);
    const again = await resumeRun({ url: source.databaseUrl });
    expect(await goBack(options(again), "It was tried.")).toMatchObject({ kind: "rolled-back" });
    expect(await slots()).toEqual([[], []]);
    await again.close();
  });
}
