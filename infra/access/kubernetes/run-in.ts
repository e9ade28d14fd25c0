import { once } from "node:events";
import { finished } from "node:stream/promises";
import { AccessError, type Output } from "../../contracts/access.ts";
import { pipeInto } from "../input.ts";
import { program } from "./job.ts";
import type { Kubectl } from "./kubectl.ts";
import { exitCodes } from "./one-shot.ts";
import { hasEnded, isRunning, podOnce, type StartedJob } from "./pod.ts";

interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: Output;
  /** Milliseconds that the pod may take to start. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a role in the pod of a job that waits. What a pod's first process prints is kept on its node, and shipped to wherever
 * logs go; of what is run in it nothing is. When the connection breaks there is no more to read, and the role ends.
 *
 * @returns its exit code.
 */
export async function runIn(
  kubectl: Kubectl,
  job: StartedJob,
  args: readonly string[],
  { input, output, patience, signal }: Streams,
): Promise<number> {
  const pod = await podOnce(kubectl, job, isRunning, patience, signal);
  if (pod === undefined) return exitCodes.terminated;
  const { name } = pod.metadata;
  if (hasEnded(pod))
    throw new AccessError(`${name} has ended: ${(await kubectl.run(["logs", name])).trim()}`);
  const child = kubectl.start(["exec", "--stdin", name, "--", ...program, ...args]);
  const end = () => child.kill();
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  process.once("exit", end);
  pipeInto(child.stdin!, input);
  child.stdout!.pipe(output.stdout, { end: false });
  child.stderr!.pipe(output.stderr, { end: false });
  try {
    const [[code]] = await Promise.all([
      once(child, "exit") as Promise<[number | null]>,
      finished(child.stdout!),
      finished(child.stderr!),
    ]);
    return code ?? exitCodes.terminated;
  } finally {
    signal?.removeEventListener("abort", end);
    process.off("exit", end);
    input.unpipe();
  }
}
