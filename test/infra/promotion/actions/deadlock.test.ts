import { afterEach, expect, test, vi } from "vitest";
import type { Client } from "pg";
import { withClient } from "../../../../app/backup/connection.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance } from "../../../../infra/promotion/runner/advance.ts";
import { type Field, openGround } from "./ground.ts";
import { contextOf, planOf, sideOf } from "./installation.ts";

let field: Field;
afterEach(() => field.clear());

test("who reads the target's tables in another order than they are copied in does not end the promotion", async () => {
  field = await (await openGround()).fresh("disk");
  const plan = planOf("OFFLINE", { window: 120_000 });
  const source = await sideOf(plan.from, field.places.source);
  const target = await sideOf(plan.to, field.places.target);
  const ledger = await startRun(plan, { url: source.databaseUrl });
  const notes: string[] = [];
  const options = {
    ledger,
    actions,
    guards,
    holds,
    context: contextOf(plan, { source, target }),
    onEvent: (event: { kind: string; text?: string }) =>
      event.kind === "note" && notes.push(event.text ?? ""),
  };
  expect(await advance({ ...options, stopAfter: "FENCE" })).toMatchObject({ kind: "stopped" });
  await withClient(target.databaseUrl, async (reader) => {
    await reader.query("BEGIN; LOCK TABLE journal IN ACCESS SHARE MODE");
    const outcome = advance(options);
    const locked = await vi.waitUntil(() => lockedByWhoWaits(reader));
    // The copy has waited for longer, and is the one that the server ends.
    await reader.query(`LOCK TABLE ${locked} IN ACCESS SHARE MODE; COMMIT`);
    expect(await outcome).toEqual({ kind: "waiting", state: "OBSERVE" });
  });
  expect(notes).toEqual([expect.stringMatching(/^copy-database is tried again in .*deadlock detected/)]);
  await ledger.close();
});

/** A table that somebody has locked who waits for the journal. */
async function lockedByWhoWaits(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ table: string }>(
    `SELECT has.relation::regclass::text AS table FROM pg_locks AS has JOIN pg_locks AS lacks USING (pid)
     JOIN pg_class ON pg_class.oid = has.relation
     WHERE lacks.relation = 'journal'::regclass AND NOT lacks.granted
       AND has.granted AND has.mode = 'AccessExclusiveLock' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
     LIMIT 1`,
  );
  return rows[0]?.table;
}
