import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  copyDatabase,
  finishCopy,
  undoCopy,
  type CopyOptions,
} from "../../../../infra/promotion/copy/copy.ts";
import { contents, nastySource, nastyTarget } from "./nasty.ts";

const kills = 6;

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns whether it was killed after so many steps, which it may not have had any more. */
async function killAfter(steps: number, options: CopyOptions): Promise<boolean> {
  const program = new URL("copy-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  let left = steps;
  for await (const _ of createInterface(child.stdout)) if (--left <= 0) child.kill("SIGKILL");
  const [code, signal] = await exited;
  expect(code ?? signal).toBeOneOf([0, "SIGKILL"]);
  return signal === "SIGKILL";
}

const seed = Number(process.env["TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomOf(seed);
const steps = (most: number) => 1 + Math.floor(random() * most);

test(`however often it is killed, it ends equal (TEST_SEED=${seed})`, { timeout: 600_000 }, async () => {
  console.log(`TEST_SEED=${seed}`);
  const [source, target, run] = [await nastySource(), await nastyTarget(), randomUUID()];
  const options = { source, target, run, jobs: 3, partBytes: 512 * 1024 };
  let killed = 0;
  for (let n = 0; n < kills; n++) if (await killAfter(steps(12), options)) killed++;
  expect(killed).toBeGreaterThan(0);
  await copyDatabase(options);
  await finishCopy({ target, run });
  expect(await contents(target)).toEqual(await contents(source));
});

test("it can be undone wherever it was killed, and begun again", { timeout: 600_000 }, async () => {
  const [source, target, run] = [await nastySource(), await nastyTarget(), randomUUID()];
  const fresh = await contents(target);
  for (const most of [5, 60]) {
    await killAfter(steps(most), { source, target, run, partBytes: 512 * 1024 });
    await undoCopy({ target, run });
    expect(await contents(target)).toEqual(fresh);
  }
  await copyDatabase({ source, target, run });
  await finishCopy({ target, run });
  expect(await contents(target)).toEqual(await contents(source));
});
