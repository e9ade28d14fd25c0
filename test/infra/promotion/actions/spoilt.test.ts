import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import type { Path, Plan, Side, StateName } from "../../../../infra/promotion/contract.ts";
import { passGate } from "../../../../infra/promotion/gate.ts";
import { type OpenLedger, startRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import { ids } from "../replication/server.ts";
import { type Field, type Ground, openGround } from "./ground.ts";
import { contextOf, planOf, sideOf } from "./installation.ts";

const key = `org/${ids.org}/session/${randomUUID()}/1/1.webp`;
const picture = Buffer.from("a picture of a page");

interface Fault {
  readonly name: string;
  /** After which state the target is spoilt. */
  readonly after: StateName;
  readonly spoil: (target: Side, client: Client) => Promise<unknown>;
  /** Tells what is wrong, and where. */
  readonly told: RegExp;
  /** How the runner ends. */
  readonly ends: { readonly kind: string; readonly state: StateName };
}

const undone = { kind: "undone", state: "QUIESCE" } as const;

const faults = (path: Path): Fault[] => [
  {
    name: "a row is dropped",
    after: "DRAIN",
    spoil: (_, client) =>
      client.query("DELETE FROM session_events WHERE ctid IN (SELECT max(ctid) FROM session_events)"),
    told: /public\.session_events: .*400 rows.*399/s,
    ends: undone,
  },
  {
    name: "a byte is flipped",
    after: "DRAIN",
    spoil: (_, client) =>
      client.query(
        `UPDATE session_events SET payload = jsonb_set(payload, '{text}', to_jsonb(overlay(payload ->> 'text' PLACING 'y' FROM 250)))
         WHERE ctid IN (SELECT max(ctid) FROM session_events)`,
      ),
    told: /public\.session_events: /,
    ends: undone,
  },
  {
    name: "a sequence is rewound",
    after: "DRAIN",
    spoil: (_, client) => client.query("SELECT setval('journal_id_seq', 2, true)"),
    told: /sequence public\.journal_id_seq: .*next value 4.*next value 3/s,
    ends: undone,
  },
  {
    name: "an index is missing",
    after: "DRAIN",
    spoil: (_, client) => client.query("DROP INDEX sessions_unfinished"),
    told: /index public\.sessions_unfinished/,
    ends: undone,
  },
  {
    name: "an object is cut off",
    after: "DRAIN",
    spoil: ({ objects }) => objects.put(key, picture.subarray(1)),
    told: new RegExp(`${key}: .*19 bytes.*18 bytes`, "s"),
    ends: undone,
  },
  {
    name: "an object has another byte",
    // ONLINE what is in them is compared while writing goes on; nothing is closed yet.
    after: path === "ONLINE" ? "SEED" : "DRAIN",
    spoil: ({ objects }) => objects.put(key, Buffer.from("A picture of a page")),
    told: new RegExp(`${key}: .*SHA-256`, "s"),
    ends: path === "ONLINE" ? { kind: "failed", state: "CATCHUP" } : undone,
  },
];

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});

describe.each<Path>(["ONLINE", "OFFLINE"])("%s it is not switched to a target on which", (path) => {
  let field: Field;
  let plan: Plan;
  let source: Side;
  let target: Side;
  let ledger: OpenLedger;

  beforeEach(async () => {
    field = await ground.fresh("disk");
    const made = planOf(path);
    // What is spoilt is to be found, however busy the machine is: its window is not over before.
    plan = { ...made, timing: { ...made.timing, window: 120_000 } };
    source = await sideOf(plan.from, field.places.source);
    target = await sideOf(plan.to, field.places.target);
    await source.objects.put(key, picture);
    for (let n = 0; n < 3; n++) await write(source);
    ledger = await startRun(plan, { url: source.databaseUrl });
  });
  afterEach(async () => {
    await ledger.close();
    await field.clear();
  });

  test.each(faults(path))("$name", { timeout: 180_000 }, async ({ after, spoil, told, ends }) => {
    const options = { ledger, actions, guards, holds, context: contextOf(plan, { source, target }) };
    expect(await advance({ ...options, stopAfter: after })).toMatchObject({ kind: "stopped" });
    await withClient(target.databaseUrl, async (client) => {
      await passGate(client, plan.run);
      await spoil(target, client);
    });
    const outcome = await advance(options);
    expect(outcome).toMatchObject(ends);
    expect(outcome.reason).toMatch(told);
    await write(source);
    await expect(write(target)).rejects.toMatchObject({ code: "TF001" });
    expect(await goBack(options, "It was tried.")).toMatchObject({ kind: "rolled-back" });
    await write(source);
  });
});

const write = ({ databaseUrl }: Side) =>
  withClient(databaseUrl, (client) =>
    client.query("INSERT INTO journal (entry) VALUES ($1)", [randomUUID()]),
  );
