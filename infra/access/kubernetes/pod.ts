import { setTimeout } from "node:timers/promises";
import { AccessError } from "../../contracts/access.ts";
import { type JobSpec, jobOf, nameOf, secretOf } from "./job.ts";
import type { Kubectl } from "./kubectl.ts";

/** Milliseconds between two looks. */
const interval = 500;

/** As far as it is read: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/. */
export interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { readonly exitCode: number } };
    }[];
  };
}

export interface StartedJob {
  readonly name: string;
  /** Job, pod and Secret; comes back once they are gone. */
  remove(): Promise<void>;
}

export async function startJob(kubectl: Kubectl, spec: JobSpec): Promise<StartedJob> {
  const name = nameOf(spec.role);
  const create = (object: object, ...args: string[]) =>
    kubectl.run(["create", "-f", "-", ...args], JSON.stringify(object));
  const remove = async () => {
    await kubectl.run([
      "delete",
      `job/${name}`,
      `secret/${name}`,
      "--ignore-not-found",
      "--cascade=foreground",
      "--timeout=60s",
    ]);
  };
  const made = JSON.parse(await create(jobOf(name, spec), "-o", "json")) as { metadata: { uid: string } };
  try {
    await create(secretOf(name, made.metadata.uid, spec.variables));
  } catch (error) {
    await remove();
    throw error;
  }
  return { name, remove };
}

/**
 * The pod of a job, once it is as it should be or has ended.
 *
 * @param patience in milliseconds.
 * @returns `undefined` when nobody wants it any more.
 * @throws {AccessError} when it takes too long, with what Kubernetes has said last about it.
 */
export async function podOnce(
  kubectl: Kubectl,
  { name }: StartedJob,
  isSo: (pod: Pod) => boolean,
  patience: number,
  signal?: AbortSignal,
): Promise<Pod | undefined> {
  const until = Date.now() + patience;
  for (;;) {
    if (signal?.aborted) return undefined;
    const pod = await podOf(kubectl, name);
    if (pod && (isSo(pod) || hasEnded(pod))) return pod;
    if (Date.now() > until)
      throw new AccessError(await whyNot(kubectl, pod?.metadata.name ?? name, patience));
    await setTimeout(interval);
  }
}

export const isRunning = ({ status }: Pod): boolean => status.phase === "Running";
export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((each) => each.type === "Ready" && each.status === "True") ?? false;
export const hasEnded = ({ status }: Pod): boolean => ["Succeeded", "Failed"].includes(status.phase);

async function podOf(kubectl: Kubectl, job: string): Promise<Pod | undefined> {
  const selector = `batch.kubernetes.io/job-name=${job}`;
  const { items } = JSON.parse(await kubectl.run(["get", "pods", "-l", selector, "-o", "json"])) as {
    items: Pod[];
  };
  return items[0];
}

/** What it is warned of, or else its last events: the very last one is often but the name of what the one before explains. */
async function whyNot(kubectl: Kubectl, name: string, patience: number): Promise<string> {
  const about = ["--field-selector", `involvedObject.name=${name}`, "--sort-by", ".lastTimestamp"];
  const { items } = JSON.parse(await kubectl.run(["get", "events", ...about, "-o", "json"])) as {
    items: { readonly type: string; readonly reason: string; readonly message: string }[];
  };
  const warnings = items.filter(({ type }) => type === "Warning").slice(-4);
  const telling = warnings.length > 0 ? warnings : items.slice(-2);
  const said = telling.map(({ reason, message }) => `${reason}: ${message.replace(/\.$/, "")}.`);
  return [
    `${name} has not started in ${patience / 1_000} s.`,
    ...(said.length > 0 ? said : ["Kubernetes says nothing about it."]),
  ].join(" ");
}
