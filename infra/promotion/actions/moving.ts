/** What moves: rows, sequences, screenshots; and the comparison of both sides. */
import { copyDatabase, finishCopy, undoCopy } from "../copy/copy.ts";
import { copySequences } from "../copy/sequences.ts";
import { type Detail, type Plan, PromotionError } from "../contract.ts";
import { passGate } from "../gate.ts";
import { copyObjects } from "../objects/copy.ts";
import { checkRunner } from "../ledger/alone.ts";
import type { ActionName } from "../plan/names.ts";
import { movedTables } from "../tables.ts";
import { type Ahead, readAhead } from "../verify/ahead.ts";
import { verify } from "../verify/verify.ts";
import type { Difference, Measured } from "../verify/contract.ts";
import { toText } from "../verify/text.ts";
import { compareObjects } from "../verify/objects.ts";
import { type Action, type Context, type End, on, onBoth, orWithoutTarget } from "./contract.ts";
import { neverOpened } from "./following.ts";
import { wasOpened } from "./gates.ts";

/** Which way. */
type Way = "there" | "back";

const ends = {
  there: { from: "source", to: "target" },
  back: { from: "target", to: "source" },
} as const satisfies Record<Way, Record<"from" | "to", End>>;

/** Does nothing on the way back from a target that has nothing of its own. */
const unlessUnopened =
  (way: Way, action: Action): Action =>
  async (context, signal, run) => {
    if (way === "back" && !(await wasOpened(context))) return { skipped: neverOpened };
    return action(context, signal, run);
  };

const sidesOf = async ({ side }: Context, way: Way) => ({
  source: await side(ends[way].from),
  target: await side(ends[way].to),
});

const copying = (way: Way): Action =>
  unlessUnopened(way, async (context, signal) => {
    const { source, target } = await sidesOf(context, way);
    const { plan, jobs, report } = context;
    const began = performance.now();
    const copied = await copyDatabase({
      source: source.databaseUrl,
      target: target.databaseUrl,
      run: plan.run,
      jobs,
      signal,
      report,
    });
    return { ...copied, seconds: Math.round((performance.now() - began) / 100) / 10 };
  });

const undoing =
  (way: Way): Action =>
  async ({ side, plan }, signal) => {
    const { databaseUrl } = await side(ends[way].to);
    await undoCopy({ target: databaseUrl, run: plan.run, signal });
  };

/** There is no way back by undoing it once the side takes writes. */
export const finishing = async ({ side, plan }: Context, end: End, signal: AbortSignal): Promise<void> => {
  if (plan.path === "OFFLINE")
    await finishCopy({ target: (await side(end)).databaseUrl, run: plan.run, signal });
};

const sequences = (way: Way): Action =>
  unlessUnopened(way, (context) =>
    onBoth(context, async (source, target) => ({
      sequences: await (way === "there" ? copySequences(source, target) : copySequences(target, source)),
    })),
  );

const screenshots = (way: Way, exact: boolean): Action =>
  unlessUnopened(way, async (context, signal, { term }) => {
    const { source, target } = await sidesOf(context, way);
    const { run } = context.plan;
    // A store refuses nobody: one that was thought dead and goes on would remove what has come since.
    const mayRemove = () => on(context, "source", (client) => checkRunner(client, { run, term }));
    const copied = await copyObjects({ source, target, exact, mayRemove, signal, report: context.report });
    const { objects: all, copied: number, bytes, removed } = copied;
    return { objects: all, copied: number, bytes, removed };
  });

/** What was read of both sides before writing ended, by the way and its plan; another runner begins without it. */
const aheads = { there: new WeakMap<Plan, Ahead>(), back: new WeakMap<Plan, Ahead>() } as const;

const readingAhead = (way: Way): Action =>
  unlessUnopened(way, async (context, signal) => {
    const { plan, jobs, report } = context;
    await letGo(plan, way);
    const ahead = await readAhead(await sidesOf(context, way), { jobs, signal, report });
    aheads[way].set(plan, ahead);
    return { rows: ahead.rows };
  });

async function letGo(plan: Plan, way: Way): Promise<void> {
  const ahead = aheads[way].get(plan);
  aheads[way].delete(plan);
  await ahead?.release();
}

const comparing = (way: Way): Action =>
  unlessUnopened(way, async (context, signal) => {
    const { source, target } = await sidesOf(context, way);
    const { plan, jobs, report } = context;
    // ONLINE requests wait for it: each was compared before, or read back when it was copied.
    const objects = plan.path === "ONLINE" ? "sizes" : "all";
    let counts: Detail = {};
    const measured = (found: Measured) => (counts = { ...found });
    const ahead = aheads[way].get(plan);
    const compared = await verify({ source, target, ahead, jobs, objects, signal, report, measured });
    refuse(compared, source.name, target.name);
    await letGo(plan, way);
    return counts;
  });

const comparingObjects: Action = async (context, signal) => {
  const { source, target } = await sidesOf(context, "there");
  const { report } = context;
  // What has come since is copied with what else comes until writing ends.
  await copyObjects({ source, target, signal, report });
  const found = await compareObjects({ source, target, objects: "all", signal, report });
  // What comes or goes meanwhile is copied or removed then, too.
  refuse(
    found.differences.filter(({ kind }) => kind === "content of object"),
    source.name,
    target.name,
  );
  return { objects: found.objects };
};

function refuse(differences: readonly Difference[], source: string, target: string): void {
  if (differences.length > 0)
    throw new PromotionError([`${target} is not as ${source}:`, toText(differences)].join("\n"));
}

/** Of rows that no run of the application has made: its migrations have, or somebody has opened the page. */
const emptying: Action = (context) =>
  on(context, "target", async (client) => {
    await passGate(client, context.plan.run);
    const tables = await movedTables(client);
    await client.query(`TRUNCATE ${tables.map(({ quoted }) => quoted).join(", ")} RESTART IDENTITY`);
    return { tables: tables.length };
  });

export const moving = {
  "empty-target": emptying,
  "copy-objects": screenshots("there", false),
  "copy-objects-again": screenshots("there", true),
  "copy-objects-back": screenshots("back", true),
  "copy-database": copying("there"),
  "undo-copy": orWithoutTarget(undoing("there")),
  "copy-database-back": copying("back"),
  "undo-copy-back": undoing("back"),
  "copy-sequences": sequences("there"),
  "copy-sequences-back": sequences("back"),
  "read-ahead": readingAhead("there"),
  "read-ahead-back": readingAhead("back"),
  verify: comparing("there"),
  "verify-back": comparing("back"),
  "verify-objects": comparingObjects,
} as const satisfies Partial<Record<ActionName, Action>>;
