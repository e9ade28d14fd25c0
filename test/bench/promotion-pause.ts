import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseAt, withClient } from "../../app/backup/connection.ts";
import { migrate } from "../../app/db/migrate.ts";
import type { End } from "../../infra/promotion/actions/contract.ts";
import { actions, guards, holds } from "../../infra/promotion/actions/index.ts";
import type { Path, RunEvent, Side } from "../../infra/promotion/contract.ts";
import { type OpenLedger, resumeRun, startRun } from "../../infra/promotion/ledger/open.ts";
import { makePlan } from "../../infra/promotion/plan/make.ts";
import { advance, goBack } from "../../infra/promotion/runner/advance.ts";
import type { Outcome } from "../../infra/promotion/runner/contract.ts";
import { contextOf, sideOf } from "../infra/promotion/actions/installation.ts";
import { startServer } from "../infra/promotion/replication/server.ts";
import { atEnd } from "../support/at-end.ts";
import { type Bench, median, percentile, type Row } from "./bench.ts";
import { fill } from "./promotion-data.ts";
import { keepWriting, type Pause, rate } from "./promotion-writer.ts";

/** Of an event: all of them make 1 GB. */
const payload = "jsonb_build_object('step', seq, 'thought', repeat(md5(id::text || seq), 45))";
/** Milliseconds that the lag is to be small for. By default a minute, which is no part of the pause. */
const settled = 5_000;
/** As the command has it. */
const jobs = 4;
/** Where fewer are written the machine is too busy, and the pause is not what is to be measured. */
const leastRate = 0.9 * rate;

const pausing = (name: string, rounds: number, isSoak: boolean): Bench => ({
  name,
  how: `the longest time without an acknowledged write, of ${rate} a second, while 1 GB moves from one server to another one ONLINE and back again, ${rounds} rounds, beside OFFLINE once`,
  isSoak,
  async run() {
    const [one, other] = [await startServer(), await startServer()];
    await fill(one.url, payload);
    await withClient(one.url, (client) => client.query("CHECKPOINT"));
    const size = await withClient(one.url, async (client) => {
      const { rows } = await client.query<{ size: string }>(
        "SELECT pg_database_size(current_database()) AS size",
      );
      return Number(rows[0]!.size) / 1024 ** 2;
    });
    const source = await sideOf("mvp", { url: one.url, screenshots: await directory() });
    const moves: Move[] = [];
    for (let round = 0; round < rounds; round++) {
      const move = await inNewDatabase(other.url, (target) => promote("ONLINE", { source, target }));
      console.log(`round ${round + 1}: ${toText(move)}`);
      moves.push(move);
    }
    const offline = await inNewDatabase(other.url, (target) => promote("OFFLINE", { source, target }));
    console.log(`OFFLINE: ${toText(offline)}`);
    return rowsOf(moves, offline, size);
  },
});

export const promotionPause = pausing("promotion", 3, false);
export const promotionPauseSoak = pausing("promotion-soak", 20, true);

interface Move {
  readonly there: Pause;
  readonly back?: Pause;
  /** Of the actions while nobody could write. Milliseconds. */
  readonly took: ReadonlyMap<string, number>;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2)} s`;

const toText = ({ there, back, took }: Move): string =>
  [
    `${seconds(there.milliseconds)} without a write${back ? `, ${seconds(back.milliseconds)} on the way back` : ""}`,
    ...[...took].filter(([, each]) => each >= 50).map(([action, each]) => `${action} ${seconds(each)}`),
  ].join("; ");

function rowsOf(moves: readonly Move[], offline: Move, megabytes: number): Row[] {
  const there = moves.map((move) => move.there.milliseconds);
  const back = moves.flatMap((move) => move.back?.milliseconds ?? []);
  const all = [...moves, offline].flatMap((move) => [move.there, ...(move.back ? [move.back] : [])]);
  const sum = (of: (pause: Pause) => number) => all.reduce((total, each) => total + of(each), 0);
  const most = percentile(there, 95);
  const writesPerSecond = median(all.map((pause) => pause.writesPerSecond));
  return [
    { what: `write pause at ${megabytes.toFixed(0)} MB, p50`, measured: seconds(percentile(there, 50)) },
    {
      what: "write pause, p95",
      baseline: `${seconds(offline.there.milliseconds)} OFFLINE`,
      measured: `${seconds(most)}, ratio ${(offline.there.milliseconds / most).toFixed(1)}`,
      target: "<= 3 s",
      met: most <= 3_000,
    },
    { what: "of it comparing", measured: seconds(median(moves.map(({ took }) => took.get("verify")!))) },
    { what: "write pause of the way back, p95", measured: seconds(percentile(back, 95)) },
    {
      what: "writes a second outside of it",
      measured: writesPerSecond.toFixed(0),
      target: `>= ${leastRate}`,
      met: writesPerSecond >= leastRate,
    },
    {
      what: "acknowledged writes that are lost",
      measured: `${sum(({ lost }) => lost)} of ${sum(({ writes }) => writes)}`,
      target: "0",
      met: sum(({ lost }) => lost) === 0,
    },
  ];
}

/** ONLINE there and back; OFFLINE there. */
async function promote(path: Path, sides: Readonly<Record<End, Side>>): Promise<Move> {
  const { source, target } = sides;
  const timing = { settled, sessions: 1_000, observe: 0 };
  const plan = makePlan({ from: source.name, to: target.name, path, reasons: [], timing });
  const took = new Map<string, number>();
  let began = 0;
  const onEvent = (event: RunEvent) => {
    if (event.kind === "begin") began = performance.now();
    if (event.kind !== "done" || !isFenced(event.state)) return;
    took.set(event.action, performance.now() - began);
  };
  const options = (ledger: OpenLedger) => ({
    ledger,
    actions,
    guards,
    holds,
    context: { ...contextOf(plan, sides), jobs },
    onEvent,
  });
  const urls = [source.databaseUrl, target.databaseUrl] as const;
  const going = async (ledger: OpenLedger, way: () => Promise<Outcome>, wanted: Outcome["kind"]) => {
    const writer = await keepWriting(urls);
    let written: Pause;
    let outcome: Outcome;
    try {
      outcome = await way();
    } finally {
      written = await writer.stop();
      await ledger.close();
    }
    if (outcome.kind !== wanted) throw new Error(`It is ${outcome.kind}: ${outcome.reason}`);
    return written;
  };
  const first = await startRun(plan, { url: source.databaseUrl });
  const there = await going(first, () => advance(options(first)), "waiting");
  if (path === "OFFLINE") return { there, took };
  const second = await resumeRun({ url: source.databaseUrl });
  const back = await going(second, () => goBack(options(second), "It was tried."), "rolled-back");
  return { there, back, took };
}

const isFenced = (state: string) => ["FENCE", "DRAIN", "VERIFY", "REVERSE-ARM", "SWITCH"].includes(state);

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "testfarm-bench-"));
  atEnd(() => rm(path, { recursive: true }));
  return path;
}

/** Of an installation that nobody has used yet. */
async function inNewDatabase<T>(server: string, use: (side: Side) => Promise<T>): Promise<T> {
  const name = `pause_${randomUUID().replaceAll("-", "")}`;
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = databaseAt(server, name);
  await migrate(url);
  const done = await use(await sideOf("growth", { url, screenshots: await directory() }));
  // What one round leaves to be written to the disk is not for the next one to wait for.
  await withClient(server, async (client) => {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.query("CHECKPOINT");
  });
  return done;
}
