/** `npm run bench [-- soak | <name>...]`: runs the benches and prints what they measured; ends with 1 if a target is missed. */
import { closeAll } from "../support/at-end.ts";
import type { Bench } from "./bench.ts";
import { kills, killsSoak } from "./kills.ts";
import { memory } from "./memory.ts";
import { orphans } from "./orphans.ts";
import { plan } from "./plan.ts";
import { promotionCopy } from "./promotion-copy.ts";
import { promotionPause, promotionPauseSoak } from "./promotion-pause.ts";
import { promotionVerify } from "./promotion-verify.ts";
import { queue } from "./queue.ts";
import { redeploy } from "./redeploy.ts";
import { sessions } from "./sessions.ts";
import { sse } from "./sse.ts";

const benches: readonly Bench[] = [
  plan,
  queue,
  sse,
  memory,
  sessions,
  redeploy,
  kills,
  killsSoak,
  orphans,
  promotionCopy,
  promotionVerify,
  promotionPause,
  promotionPauseSoak,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => name !== "soak" && !benches.some((bench) => bench.name === name));
const isWanted = ({ name, isSoak = false }: Bench) =>
  wanted.includes(name) || (isSoak ? wanted.includes("soak") : wanted.length === 0);

async function run({ name, how, run: measure }: Bench): Promise<void> {
  const started = performance.now();
  console.log(`\n${name}: ${how}`);
  try {
    const rows = await measure();
    console.table(
      Object.fromEntries(
        rows.map(({ what, baseline = "", measured, target = "", met }) => [
          what,
          { baseline, measured, target, met: met === undefined ? "" : met ? "yes" : "NO" },
        ]),
      ),
    );
    if (rows.some(({ met }) => met === false)) process.exitCode = 1;
  } finally {
    await closeAll();
  }
  console.log(`(${Math.round((performance.now() - started) / 1_000)} s)`);
}

if (unknown.length > 0) {
  const names = [...new Set(benches.map(({ name }) => name))].join(", ");
  console.error(`no bench ${unknown.join(", ")}; there is: ${names}; soak runs the long ones`);
  process.exitCode = 2;
} else {
  console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  for (const bench of benches.filter(isWanted)) await run(bench);
}
