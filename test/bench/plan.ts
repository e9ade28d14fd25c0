import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "./bench.ts";
import type { Bench, Row } from "./bench.ts";
import { run, type Run } from "./child.ts";

const rounds = 7;

/** What every program of tier `vps` has to load, before it does anything. */
const baseline = ["pulumi", "digitalocean", "docker", "random", "command"]
  .map((name) => `import * as ${name} from "@pulumi/${name}";`)
  .concat("void [pulumi, digitalocean, docker, random, command];")
  .join("\n");

/** `npm run plan -- mvp` beside a program that only imports what the tier uses. */
export const plan: Bench = {
  name: "plan",
  how: `npm run plan -- mvp beside a program that only imports what it uses; median of ${rounds} rounds`,
  async run() {
    // Beside the packages, so that they resolve as they do for the plan.
    const directory = mkdtempSync(join("node_modules", ".bench-"));
    const imports = join(directory, "imports.ts");
    writeFileSync(imports, baseline);
    writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    const runs: { imports: Run[]; plan: Run[] } = { imports: [], plan: [] };
    try {
      // The first round fills tsx's cache and is not counted.
      for (let round = 0; round <= rounds; round++) {
        const pair = [await run(".", imports), await run(".", "infra/cli/plan.ts", "mvp")] as const;
        if (round > 0) {
          runs.imports.push(pair[0]);
          runs.plan.push(pair[1]);
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    return rows(runs.imports, runs.plan);
  },
};

function rows(imports: readonly Run[], plans: readonly Run[]): Row[] {
  const [base, own] = [imports, plans].map((runs) => ({
    seconds: median(runs.map(({ seconds }) => seconds)),
    megabytes: Math.max(...runs.map(({ megabytes }) => megabytes)),
  })) as [Run, Run];
  const ratio = own.seconds / base.seconds;
  return [
    { what: "wall time", baseline: `${base.seconds.toFixed(2)} s`, measured: `${own.seconds.toFixed(2)} s` },
    { what: "ratio", measured: ratio.toFixed(2), target: "<= 1.50", met: ratio <= 1.5 },
    {
      what: "peak memory",
      baseline: `${base.megabytes.toFixed(0)} MB`,
      measured: `${own.megabytes.toFixed(0)} MB`,
    },
  ];
}
