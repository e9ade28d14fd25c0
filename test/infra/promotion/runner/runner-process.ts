/**
 * A runner in a process of its own, with its ledger in a database and a world in a directory. It waits for a line on its
 * standard input, with an order, and prints the outcome; where the order says so, it kills itself on the way.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { resumeRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import type { Outcome } from "../../../../infra/promotion/runner/contract.ts";
import { scripted, type Scene } from "./scripted.ts";
import type { World } from "./world.ts";

export interface Order {
  readonly url: string;
  readonly directory: string;
  readonly isBack: boolean;
  /** At which moment it kills itself: before and after each action has its effect there is one. 0: it does not. */
  readonly killAt: number;
  readonly stopAfter?: "CATCHUP" | "SWITCH" | "REVERSE-ARM" | "VERIFY";
}

/** The world in a file, which is whole whenever its writer is killed. */
export const sceneIn = (directory: string): Scene => {
  const path = join(directory, "world.json");
  return {
    load: () => JSON.parse(readFileSync(path, "utf8")) as World,
    save(world) {
      writeFileSync(`${path}.next`, JSON.stringify(world));
      renameSync(`${path}.next`, path);
    },
  };
};

const mirrorPath = (directory: string) => join(directory, "mirror.json");

/** Does it, saying the operator's word wherever it is asked for. */
export async function follow({ url, directory, isBack, killAt, stopAfter }: Order): Promise<Outcome> {
  let moments = 0;
  const around = async () => {
    if (++moments !== killAt) return;
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
  };
  const path = mirrorPath(directory);
  const mirror = { read: () => readFile(path, "utf8"), write: (text: string) => writeFile(path, text) };
  const ledger = await resumeRun({ url, mirror });
  const options = { ledger, ...scripted({ ...sceneIn(directory), around }), stopAfter };
  try {
    if (isBack) return await goBack(options, "wanted");
    let outcome = await advance(options);
    while (outcome.kind === "waiting") outcome = await advance({ ...options, goOnFrom: outcome.state });
    return outcome;
  } finally {
    await ledger.close();
  }
}

if (process.argv[1] === import.meta.filename)
  createInterface(process.stdin).once("line", async (line) => {
    console.log(JSON.stringify(await follow(JSON.parse(line) as Order)));
    process.exit();
  });
