/** `npm run bench [-- <name>...]`: runs the benches and prints what they measured; ends with 1 if a target is missed. */
import type { Bench } from "./bench.ts";
import { plan } from "./plan.ts";

const benches: readonly Bench[] = [plan];
const rounds = 7;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there is: ${benches.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
} else {
  for (const bench of benches.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    console.log(`${bench.name}, median of ${rounds} rounds, Node ${process.versions.node}`);
    const rows = await bench.run(rounds);
    console.table(
      Object.fromEntries(
        rows.map(({ what, baseline = "", measured, target = "", met }) => [
          what,
          { baseline, measured, target, met: met === undefined ? "" : met ? "yes" : "NO" },
        ]),
      ),
    );
    if (rows.some(({ met }) => met === false)) process.exitCode = 1;
  }
}
