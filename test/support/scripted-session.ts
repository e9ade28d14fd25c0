import type { Finding } from "../../app/contract.ts";
import type { Report } from "../../app/session/contract.ts";
import type { WorkerServices } from "../../app/worker/run-job.ts";

const unused = () => Promise.reject(new Error("A scripted session needs neither browser nor agent."));

const image = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

export const plantedFinding: Finding = {
  fingerprint: "search-label",
  kind: "missing-label",
  severity: "serious",
  title: "The search field has no label",
  detail: "Nobody knows what it is for.",
  url: "http://shop.test/",
  evidence: { selector: "input" },
};

/** One step as a session reports it. */
export const scriptedStep = (step: number, url: string) =>
  ({
    type: "step",
    step,
    action: { kind: "back" },
    description: `Step ${step}`,
    reasoning: "It is in the script.",
    url,
    title: "Shop",
    milliseconds: 1,
    error: null,
    image,
  }) as const satisfies Report;

/**
 * What a worker needs to run a session without a browser: through the same contract as the real one it reports as many
 * steps as the objective's number says, a picture with each, the same finding with the first, and passes.
 *
 * @param pause waits between steps, and rejects where the session shall fail.
 */
export function scriptedSession(
  pause: (step: number, signal: AbortSignal) => Promise<unknown>,
): Pick<WorkerServices, "runSession" | "createAgent" | "browsers" | "budget"> {
  return {
    budget: { maxSteps: 25, maxMilliseconds: 60_000, maxTokens: 1_000 },
    browsers: { launch: unused },
    createAgent: () => ({ decide: unused }),
    async runSession({ task, record, signal, pause: handOver, checkpoint }) {
      const steps = Number(/\d+/.exec(task.objective)?.[0] ?? 1);
      for (let step = (checkpoint?.step ?? 0) + 1; step <= steps; step++) {
        handOver?.throwIfAborted();
        await pause(step, signal);
        if (signal.aborted) return { status: "cancelled", reason: "The session was cancelled." };
        await record(scriptedStep(step, task.url));
        if (step === 1) await record({ type: "finding", step, finding: plantedFinding });
      }
      return { status: "passed", reason: `All ${steps} steps are done.` };
    },
  };
}
