import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import type { Path, StateName } from "../../../../infra/promotion/contract.ts";
import { readGate } from "../../../../infra/promotion/gate.ts";
import { resumeRun, startRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import { query } from "../../../support/backups.ts";
import { openGround } from "./ground.ts";
import { contextOf, planOf, quietSurroundings, sideOf } from "./installation.ts";

const left = `
  SELECT (SELECT count(*)::int FROM pg_replication_slots WHERE database = current_database()) AS slots,
    (SELECT count(*)::int FROM pg_publication) AS publications,
    (SELECT count(*)::int FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
     WHERE datname = current_database()) AS subscriptions`;

/** A promotion that has come so far, whose target's server then ends for good. */
async function lost(path: Path, stopAfter: StateName) {
  const ground = await openGround();
  const { places } = await ground.fresh("disk");
  const plan = planOf(path);
  const source = await sideOf(plan.from, places.source);
  const target = await sideOf(plan.to, places.target);
  const done: string[] = [];
  const options = {
    actions,
    guards,
    holds,
    context: contextOf(plan, { source, target }, quietSurroundings(done)),
  };
  const ledger = await startRun(plan, { url: source.databaseUrl });
  expect(await advance({ ...options, ledger, stopAfter })).toMatchObject({ kind: "stopped" });
  return { source, ledger, options, done, lose: () => ground.servers.target.crash() };
}

test.each([
  ["ONLINE", "SEED"],
  ["ONLINE", "REVERSE-ARM"],
  ["OFFLINE", "DRAIN"],
] as const)(
  "%s a target that is gone for good after %s keeps nobody from rolling back, and nothing of it stays on the source",
  { timeout: 180_000 },
  async (path, stopAfter) => {
    const { source, ledger, options, done, lose } = await lost(path, stopAfter);
    await lose();
    expect(await goBack({ ...options, ledger }, "It is gone.")).toMatchObject({ kind: "rolled-back" });
    expect(done).toContain("destroy target");
    expect((await query(source.databaseUrl, left)).rows).toEqual([
      { slots: 0, publications: 0, subscriptions: 0 },
    ]);
    expect(await withClient(source.databaseUrl, readGate)).toMatchObject({ state: "open", epoch: 1 });
    await ledger.close();
  },
);

test(
  "a target that is gone when it is to be opened was never opened: the source opens again",
  { timeout: 180_000 },
  async () => {
    const { source, ledger, options, lose } = await lost("OFFLINE", "VERIFY");
    const outcome = await advance({
      ...options,
      ledger,
      actions: {
        ...actions,
        "reach-target": async (...given) => {
          await lose();
          return actions["reach-target"](...given);
        },
      },
    });
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("cannot be undone") });
    // Not for good any more: it opens by itself.
    expect((await withClient(source.databaseUrl, readGate)).left).toBeLessThanOrEqual(30_000);
    expect(await goBack({ ...options, ledger }, "It is gone.")).toMatchObject({ kind: "rolled-back" });
    expect(await withClient(source.databaseUrl, readGate)).toMatchObject({ state: "open" });
    await ledger.close();
  },
);

test(
  "who gives up a lost target opens the source as docs/promotion.md says, and the promotion is over",
  { timeout: 180_000 },
  async () => {
    const { source, ledger, options, lose } = await lost("OFFLINE", "SWITCH");
    await ledger.close();
    await lose();
    const page = readFileSync(join(import.meta.dirname, "../../../../docs/promotion.md"), "utf8");
    const [, statements = ""] = /```sql\n([^`]*)```/.exec(page) ?? [];
    const write = "UPDATE organizations SET name = name";
    await expect(query(source.databaseUrl, write)).rejects.toThrow("takes no writes");
    await withClient(source.databaseUrl, (client) => client.query(statements));
    expect((await query(source.databaseUrl, write)).rowCount).toBeGreaterThan(0);
    const again = await resumeRun({ url: source.databaseUrl });
    expect(await advance({ ...options, ledger: again })).toMatchObject({ kind: "rolled-back" });
    await again.close();
  },
);

test("a runner that another one has taken the place of removes no screenshot, and limits no side", async () => {
  const { fresh } = await openGround();
  const { places } = await fresh("disk");
  const plan = planOf("OFFLINE");
  const source = await sideOf(plan.from, places.source);
  const target = await sideOf(plan.to, places.target);
  const context = contextOf(plan, { source, target });
  const first = await startRun(plan, { url: source.databaseUrl });
  expect(
    await advance({ actions, guards, holds, context, ledger: first, stopAfter: "VERIFY" }),
  ).toMatchObject({
    kind: "stopped",
  });
  const { term } = first;
  await first.close();
  const second = await resumeRun({ url: source.databaseUrl });
  const key = "org/1/session/2/1/3.webp";
  await target.objects.put(key, Buffer.from("written since"));
  const late = { term, isRollingBack: false, earlier: () => undefined };
  const signal = new AbortController().signal;
  for (const action of ["copy-objects-again", "limit-source", "limit-target"] as const)
    await expect(actions[action](context, signal, late)).rejects.toThrow("goes on with it by now");
  expect(await target.objects.get(key)).toBeDefined();
  await second.close();
});

test.each([
  [undefined, []],
  [{ backup: "20261128" }, ["protect"]],
])(
  "the way back puts protection on again where it was taken off: after the backup %j",
  async (backup, asked) => {
    const done: string[] = [];
    const plan = planOf("OFFLINE");
    const context = contextOf(plan, {} as never, quietSurroundings(done));
    const earlier = (action: string) => (action === "final-backup" ? backup : undefined);
    await actions["protect-source"](context, new AbortController().signal, {
      term: 1,
      isRollingBack: false,
      earlier,
    });
    expect(done).toEqual(asked);
  },
);
