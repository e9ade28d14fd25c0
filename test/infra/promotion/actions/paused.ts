import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Outcome } from "../../../../infra/promotion/runner/contract.ts";
import { reasonOf } from "../../../../infra/promotion/runner/reason.ts";
import { quiet } from "../bundle.ts";
import type { Order } from "./runner-process.ts";

/** How long a runner may take, on a busy machine too. Milliseconds. */
const patience = 300_000;

export type Ending = Outcome | { readonly kind: "threw" | "hung"; readonly reason: string };

interface Run {
  readonly ending: Ending;
  /** Whether it came to where it was to pause. */
  readonly hasPaused: boolean;
}

/**
 * Gives a runner an order, and does something while it pauses.
 *
 * @param meanwhile the runner goes on once `begun` was called.
 */
export async function whilePaused(
  program: string,
  order: Order,
  meanwhile: (begun: () => void) => Promise<void>,
): Promise<Run> {
  const child = spawn(process.execPath, [program], { env: quiet(), stdio: ["pipe", "pipe", "pipe"] });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const complained = text(child.stderr);
  const lines: string[] = [];
  const paused = new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => (line === "paused" ? resolve() : lines.push(line)));
  });
  child.stdin.on("error", () => undefined).write(`${JSON.stringify(order)}\n`);
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const hasPaused = await Promise.race([paused.then(() => true), exited.then(() => false)]);
  const done = hasPaused ? meanwhile(() => child.stdin.write("go on\n")) : undefined;
  const [[code, signal]] = await Promise.all([exited, done]);
  clearTimeout(timer);
  const endingOf = async (): Promise<Ending> => {
    if (signal !== null) return { kind: "hung", reason: `It has not ended after ${patience / 1_000} s.` };
    if (code !== 0) return { kind: "threw", reason: reasonOf(await complained) };
    return JSON.parse(lines.at(-1)!) as Outcome;
  };
  return { ending: await endingOf(), hasPaused };
}
