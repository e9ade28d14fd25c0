import { once } from "node:events";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { AccessError, type Output } from "../../contracts/access.ts";
import { grace } from "./job.ts";
import type { Kubectl } from "./kubectl.ts";
import { hasEnded, isRunning, type Pod, podOnce, type StartedJob } from "./pod.ts";

/** What a shell tells of programs that a signal has ended: https://tldp.org/LDP/abs/html/exitcodes.html */
export const exitCodes = { terminated: 143, killed: 137 } as const;

/** The first process is tini, which passes it on. */
const terminate = ["node", "-e", "process.kill(1, 'SIGTERM')"];

/** Milliseconds after which a pod is looked at again whose log has ended. */
const pause = 1_000;

/**
 * Follows a job to its end. Both streams of its pod are one here, as they are for kubectl.
 *
 * @returns its exit code.
 */
export async function followToEnd(
  kubectl: Kubectl,
  job: StartedJob,
  { output, patience, signal }: { output: Output; patience: number; signal?: AbortSignal | undefined },
): Promise<number> {
  const started = await podOnce(kubectl, job, isRunning, patience, signal);
  if (started === undefined) return exitCodes.terminated;
  const { name } = started.metadata;
  const overdue = new AbortController();
  const stop = () => {
    kubectl
      .run(["exec", name, "--", ...terminate])
      .catch((error: Error) => output.stderr.write(`${error.message}\n`));
    void setTimeout(grace * 1_000, undefined, { ref: false }).then(() => overdue.abort());
  };
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const log = { name, output, last: "" };
    while (!overdue.signal.aborted) {
      await printLog(kubectl, log, ["--follow"], overdue.signal);
      const pod = JSON.parse(await kubectl.run(["get", "pod", name, "-o", "json"])) as Pod;
      if (hasEnded(pod)) {
        // A connection that breaks ends the log, and not the pod: there may be more.
        await printLog(kubectl, log, [], overdue.signal);
        return exitCodeOf(pod);
      }
      await setTimeout(pause);
    }
    return exitCodes.killed;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

interface Log {
  /** Of its pod. */
  readonly name: string;
  readonly output: Output;
  /** When the last line was written that has been printed. */
  last: string;
}

/** Prints what is not printed yet. */
async function printLog(
  kubectl: Kubectl,
  log: Log,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const since = log.last === "" ? [] : [`--since-time=${log.last}`];
  const child = kubectl.start(["logs", "--timestamps", ...flags, ...since, log.name]);
  const end = () => child.kill();
  signal.addEventListener("abort", end, { once: true });
  process.once("exit", end);
  child.stderr!.pipe(log.output.stderr, { end: false });
  try {
    const ended = Promise.all([once(child, "close"), finished(child.stderr!)]);
    const printed = sortable(log.last);
    for await (const line of createInterface(child.stdout!)) {
      const [written = ""] = line.split(" ", 1);
      // Since is by the second.
      if (sortable(written) <= printed) continue;
      log.output.stdout.write(`${line.slice(written.length + 1)}\n`);
      log.last = written;
    }
    await ended;
  } finally {
    signal.removeEventListener("abort", end);
    process.off("exit", end);
  }
}

/** A time whose fraction may have any length, with nine digits of it. */
const sortable = (time: string): string =>
  time.replace(/(?:\.(\d+))?Z$/, (_, fraction = "") => `.${String(fraction).padEnd(9, "0")}`);

function exitCodeOf({ metadata, status }: Pod): number {
  const code = status.containerStatuses?.[0]?.state.terminated?.exitCode;
  if (code !== undefined) return code;
  throw new AccessError(`${metadata.name} has ended: ${status.message ?? "Kubernetes does not say why"}.`);
}
