import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { browsersUnder, ownTemporaryDirectory } from "../app/browser/machine.ts";
import type { Bench } from "./bench.ts";

const sessions = 500;
const atOnce = 4;
/** Shares of the sessions whose browser is killed, and after which the process is killed that launches them. */
const killed = { browsers: 0.2, owners: 0.02 };

interface Counts {
  done: number;
  browsers: number;
  owners: number;
}

/** Browsers that are launched, used, and killed at random, by processes that are killed at random. */
export const orphans: Bench = {
  name: "orphans",
  how: `${sessions} browsers, ${atOnce} at once; ${killed.browsers * 100} % of them killed, and after ${killed.owners * 100} % of them their owner`,
  isSoak: true,
  async run() {
    const temporary = ownTemporaryDirectory();
    const counts: Counts = { done: 0, browsers: 0, owners: 0 };
    const keepGoing = async () => {
      while (counts.done < sessions) await own(temporary.path, sessions / atOnce, counts);
    };
    await Promise.all(Array.from({ length: atOnce }, keepGoing));
    // What an owner that was killed has left, the next one to start removes.
    await own(temporary.path, 1, { ...counts });
    await sleep(5_000);
    const [processes, directories] = [browsersUnder(temporary.path), temporary.scratch()];
    temporary.remove();
    return [
      {
        what: "sessions",
        measured: `${counts.done}; ${counts.browsers} browsers and ${counts.owners} owners killed`,
      },
      { what: "processes left", measured: `${processes.length}`, target: "0", met: processes.length === 0 },
      {
        what: "directories left",
        measured: `${directories.length}`,
        target: "0",
        met: directories.length === 0,
      },
    ];
  },
};

/** One process that launches browsers, until it has had its number of them or is killed. */
async function own(directory: string, number: number, counts: Counts): Promise<void> {
  const program = ["--import", "tsx", "test/bench/browser-owner.ts"];
  const owner = spawn(process.execPath, [...program, directory, `${number}`, `${killed.browsers}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(owner.stdout)) {
    counts.done++;
    if (line === "killed") counts.browsers++;
    if (Math.random() >= killed.owners) continue;
    // In the middle of the next one.
    await sleep(Math.random() * 500);
    if (owner.kill("SIGKILL")) counts.owners++;
  }
}
