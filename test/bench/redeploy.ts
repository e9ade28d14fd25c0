import { setTimeout as sleep } from "node:timers/promises";
import { startLoad } from "../app/fleet/load.ts";
import { openLocalStack, demoTask, pulumiWithDocker } from "../engine/local-stack.ts";
import { keepSessionsRunning } from "../engine/sessions.ts";
import { atEnd } from "../support/at-end.ts";
import { median } from "./bench.ts";
import type { Bench } from "./bench.ts";

const releases = 3;
/** Without a release, for the baseline. Milliseconds. */
const quiet = 30_000;

export const redeploy: Bench = {
  name: "redeploy",
  how: `stack local on a real Docker engine: ${releases} releases under 8 clients, with 3 sessions and 51 readers of their events`,
  async run() {
    const tools = await pulumiWithDocker.find();
    if (tools === undefined) throw new Error(pulumiWithDocker.needs);
    const local = await openLocalStack(tools);
    atEnd(() => local.end());
    const first = await seconds(() => local.up());
    const { url, farm } = await local.settle();
    await local.serveDemo();
    const load = () => startLoad(url, farm.headers, { ...demoTask, personaId: farm.personaId }, 15);
    const sessions = () => keepSessionsRunning(farm, url, demoTask, { atOnce: 3, readersEach: 17 });

    const [before, watched] = [load(), sessions()];
    await sleep(quiet);
    await before.stop();
    const undisturbed = await watched.stop();

    const [during, disturbed] = [load(), sessions()];
    const times: number[] = [];
    for (let release = 1; release <= releases; release++) {
      local.configure(await local.tagged(`release-${release}`));
      times.push(await seconds(() => local.up()));
    }
    const told = await disturbed.stop();
    await during.stop();

    const failed = Object.values(during.failures).reduce((sum, count) => sum + count, 0);
    return [
      {
        what: "a release under load, median",
        baseline: `${first.toFixed(0)} s the first up`,
        measured: `${median(times).toFixed(0)} s; ratio ${(median(times) / first).toFixed(2)}`,
      },
      {
        what: "failed requests",
        baseline: `${Object.keys(before.failures).length} of ${before.requests()} without a release`,
        measured: `${failed} of ${during.requests()}`,
        target: "0",
        met: failed === 0,
      },
      {
        what: "slowest answer",
        baseline: `${before.slowest().toFixed(0)} ms without a release`,
        measured: `${during.slowest().toFixed(0)} ms; ratio ${(during.slowest() / before.slowest()).toFixed(1)}`,
      },
      {
        what: "longest gap of an event on its way to a reader",
        baseline: `${undisturbed.longestLag} ms without a release`,
        measured: `${told.longestLag} ms; ratio ${(told.longestLag / undisturbed.longestLag).toFixed(1)}`,
      },
      {
        what: "sessions that failed, or whose readers missed an event or got one twice",
        measured: `${told.problems.length} of ${told.sessions}, ${told.handedOver} handed over`,
        target: "0",
        met: told.problems.length === 0,
      },
    ];
  },
};

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}
