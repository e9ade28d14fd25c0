/**
 * A runner of a real promotion in a process of its own. It waits for a line on its standard input, with an order, and
 * prints the outcome; where the order says so, it kills itself on the way, or waits there for another line.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { databaseAt, nameOf, withClient } from "../../../../app/backup/connection.ts";
import type { Action, End } from "../../../../infra/promotion/actions/contract.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import type { Detail, StateName } from "../../../../infra/promotion/contract.ts";
import { mirrorIn } from "../../../../infra/promotion/ledger/mirror.ts";
import { openMirrored } from "../../../../infra/promotion/ledger/open-mirrored.ts";
import { type OpenLedger, resumeRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import { contextOf, type Place, planOf, quietSurroundings, sideOf } from "./installation.ts";
import type { Moment, Way } from "./moments.ts";

export interface Order {
  readonly places: Readonly<Record<End, Place>>;
  readonly way: Way;
  /** The state that asks, and is answered. Default: none. */
  readonly goOnFrom?: StateName | undefined;
  /** Whether the source is gone, and the ledger is what the target has of it. */
  readonly isWithoutSource?: boolean;
  /** The first time that it comes. Absent: it does not kill itself. */
  readonly kill?: Moment | undefined;
  /** Where it prints `paused` and waits for a line, the first time that it comes. Absent: nowhere. */
  readonly pause?: Moment | undefined;
  /** How long an action may take to end after it was told to. Milliseconds. Default: the runner's. */
  readonly stopPatience?: number;
}

const lines = createInterface(process.stdin);
lines.once("line", async (line) => {
  console.log(JSON.stringify(await follow(JSON.parse(line) as Order)));
  process.exit();
});

async function follow({ places, way, goOnFrom, isWithoutSource, kill, pause, ...patience }: Order) {
  let hasPaused = false;
  const moment = async (when: Moment["when"], action: string) => {
    const isAt = (at: Moment | undefined) => at?.when === when && at.action === action;
    if (isAt(kill)) {
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => undefined);
    }
    if (hasPaused || !isAt(pause)) return;
    hasPaused = true;
    console.log("paused");
    await once(lines, "line");
  };
  const around =
    (name: string, action: Action): Action =>
    async (...args) => {
      await moment("before", name);
      const detail = await action(...args);
      await moment("after", name);
      return detail;
    };
  const { from, to } = planOf("ONLINE");
  const sides = { source: await sideOf(from, places.source), target: await sideOf(to, places.target) };
  const { objects } = sides.target;
  const ledger = isWithoutSource
    ? await openMirrored(objects, from)
    : await resumeRun({ url: places.source.url });
  const { plan } = ledger;
  ledger.mirrorTo(mirrorIn(objects, plan.run));
  try {
    const options = {
      ledger,
      actions: Object.fromEntries(
        Object.entries(actions).map(([name, action]) => [name, around(name, action)]),
      ),
      guards,
      holds,
      context: contextOf(plan, sides, {
        ...quietSurroundings(),
        destroySource: () => destroy(places.source),
      }),
      goOnFrom,
      ...patience,
    };
    return await (way === "back" ? goBack(options, "It was tried.") : advance(options));
  } finally {
    await ledger.flush();
    if ("close" in ledger) await (ledger as OpenLedger).close();
  }
}

async function destroy({ url }: Place): Promise<Detail> {
  await withClient(databaseAt(url, "postgres"), (client) =>
    client.query(`DROP DATABASE IF EXISTS ${nameOf(url)} WITH (FORCE)`),
  );
  return {};
}
