/** Who writes: each side is closed, opened and looked at in the same way. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { isRefused } from "../../../app/db/gate.ts";
import { PromotionError } from "../contract.ts";
import { close, closeForGood, drain, extend, open, readGate } from "../gate.ts";
import { asRunner } from "../ledger/alone.ts";
import type { ActionName } from "../plan/names.ts";
import type { Hold } from "../runner/contract.ts";
import { writtenTables } from "../tables.ts";
import { type Action, type Context, type End, on, onBoth } from "./contract.ts";
import { lookAt } from "./kept.ts";

const other = { source: "target", target: "source" } as const;

const answerOf = ({ plan }: Context) => (plan.path === "ONLINE" ? "hold" : "refuse");

/**
 * Whether the target has ever taken writes in this promotion: its epoch is then above the source's, until the source is
 * opened again.
 */
export async function wasOpened(context: Context): Promise<boolean> {
  return onBoth(
    context,
    async (source, target) => (await readGate(target)).epoch > (await readGate(source)).epoch,
  );
}

const draining =
  (end: End): Action =>
  (context) =>
    on(context, end, (client) => {
      const { run, sessions, timing } = context.plan;
      const windowMs = timing.sessions + timing.window;
      return drain(client, { run, sessions, answer: answerOf(context), windowMs });
    });

/** Those that are left when the time is over go on at the other side as sessions do whose worker was lost. */
const sessionsEnded =
  (end: End): Action =>
  async (context, signal) => {
    const { timing } = context.plan;
    const until = performance.now() + timing.sessions;
    return on(context, end, async (client) => {
      for (;;) {
        const running = await runningIn(client);
        context.report({ what: "running sessions", done: 0, of: running });
        if (running === 0 || performance.now() >= until) return { left: running };
        await sleep(timing.interval, undefined, { signal });
      }
    });
  };

async function runningIn(client: Client): Promise<number> {
  const { rows } = await client.query<{ running: number }>(
    "SELECT count(*)::int AS running FROM sessions WHERE status = 'running'",
  );
  return rows[0]!.running;
}

const closing =
  (end: End): Action =>
  async (context) => {
    const { run, timing } = context.plan;
    const { left } = await on(context, end, (client) =>
      close(client, { run, answer: answerOf(context), windowMs: timing.window }),
    );
    return { left: Math.round(left), at: new Date().toISOString() };
  };

/** Every table that is moved has to refuse a write that would change nothing. */
const probing =
  (end: End): Action =>
  (context) =>
    on(context, end, async (client) => {
      const tables = await writtenTables(client);
      for (const table of tables)
        if (!(await refuses(client, table)))
          throw new PromotionError(
            `${table} of ${context.plan[end === "source" ? "from" : "to"]} takes writes, though it is closed: somebody has removed its trigger promotion_fence. Undo, then begin again.`,
          );
      return { tables: tables.length };
    });

async function refuses(client: Client, table: string): Promise<boolean> {
  try {
    await client.query(`DELETE FROM ${table} WHERE false`);
    return false;
  } catch (error) {
    if (isRefused(error)) return true;
    throw error;
  }
}

const closingForGood =
  (end: End): Action =>
  async (context) => {
    const { run, timing } = context.plan;
    const { url } = await context.side(other[end]);
    await on(context, end, (client) => closeForGood(client, run, timing.margin, url));
    return { movedTo: url };
  };

/** What was closed for good opens by itself again, after another window. */
const limiting =
  (end: End): Action =>
  (context, _signal, { term }) =>
    whileRunner(context, end, async (source, closed) => {
      const { run, timing } = context.plan;
      await asRunner(source, { run, term }, () =>
        closed.query(
          `UPDATE promotion.gate SET until = clock_timestamp() + $2::float8 * interval '1 millisecond', moved_to = NULL
           WHERE run = $1 AND state = 'closed' AND until = 'infinity'`,
          [run, timing.window],
        ),
      );
    });

const openSource: Action = async (context, _signal, { term, earlier }) => {
  const { run } = context.plan;
  // Where the target was closed for good, people are served here from now on.
  const raiseEpoch = earlier("close-target-for-good") !== undefined;
  const above = raiseEpoch ? (await on(context, "target", readGate)).epoch : 0;
  return whileRunner(context, "source", async (alone, source) => ({
    epoch: await asRunner(alone, { run, term }, () => open(source, { run, raiseEpoch, above })),
  }));
};

const reachTarget: Action = (context) =>
  on(context, "target", async (client) => {
    const { run, to } = context.plan;
    const gate = await readGate(client);
    if (gate.state !== "closed" || gate.run !== run)
      throw new PromotionError(
        `The gate of ${to} is ${gate.state} for promotion ${gate.run}, not closed for ${run}. Roll back, and begin again.`,
      );
  });

const openTarget: Action = (context, _signal, { term }) =>
  whileRunner(context, "target", async (source, target) => {
    const { run } = context.plan;
    const { epoch: above } = await readGate(source);
    // Once a run: it was the source's turn before.
    const raiseEpoch = (await readGate(target)).epoch <= above;
    const epoch = await asRunner(source, { run, term }, () => open(target, { run, raiseEpoch, above }));
    return { epoch, at: new Date().toISOString() };
  });

/** A connection to the source, which says whose turn it is, and one to the side whose gate is changed. */
const whileRunner = <T>(
  context: Context,
  end: End,
  work: (source: Client, changed: Client) => Promise<T>,
): Promise<T> => on(context, "source", (source) => on(context, end, (changed) => work(source, changed)));

/** Nobody writes to it before it is opened, however long that takes. */
const closeTarget: Action = async (context) => {
  const { run } = context.plan;
  await on(context, "target", (client) => close(client, { run, answer: "refuse", windowMs: Infinity }));
};

/**
 * OFFLINE a runner that is at work gives it more time, as much as the operator has agreed to; ONLINE requests wait, and nobody
 * lets them wait longer.
 */
const closed =
  (end: End, by: ActionName): Hold<Context> =>
  async (context, _signal, { earlier }) =>
    lookAt(await context.side(end), async (client) => {
      const { run, path, timing } = context.plan;
      const gate = await readGate(client);
      if (gate.state !== "closed" || gate.run !== run) return false;
      const left = Date.parse(String(earlier(by)?.["at"])) + timing.limit - Date.now();
      if (path === "OFFLINE" && left > 0)
        await extend(client, run, Math.min(timing.window, left), timing.margin);
      return true;
    });

export const holds = {
  "source-closed": closed("source", "close-source"),
  "target-closed": closed("target", "fence-target"),
} as const;

export const gates = {
  "close-target": closeTarget,
  "drain-source": draining("source"),
  "wait-sessions": sessionsEnded("source"),
  "close-source": closing("source"),
  "probe-source": probing("source"),
  "open-source": openSource,
  "close-source-for-good": closingForGood("source"),
  "limit-source": limiting("source"),
  "reach-target": reachTarget,
  "open-target": openTarget,
  "drain-target": draining("target"),
  "wait-sessions-target": sessionsEnded("target"),
  "fence-target": closing("target"),
  "probe-target": probing("target"),
  "close-target-for-good": closingForGood("target"),
  "limit-target": limiting("target"),
} as const satisfies Partial<Record<ActionName, Action>>;
