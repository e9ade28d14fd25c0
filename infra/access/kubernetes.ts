import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type Access, AccessError, type Forward } from "../contracts/access.ts";
import { ports } from "../contracts/docker-host.ts";
import type { KubernetesAccess } from "../contracts/kubernetes.ts";
import { waits } from "./kubernetes/job.ts";
import { type Kubectl, kubectlOf, notStarted } from "./kubernetes/kubectl.ts";
import { followToEnd } from "./kubernetes/one-shot.ts";
import { hasEnded, isReady, podOnce, startJob } from "./kubernetes/pod.ts";
import { runIn } from "./kubernetes/run-in.ts";
import { localAddress, relayCommand, targetOf } from "./kubernetes/relay.ts";

/** Seconds: what an operator runs ends in a day, and a forward that nobody has closed in a working day. */
const limits = { role: 24 * 60 * 60, relay: 8 * 60 * 60 };

/**
 * Pods of a cluster, by the operator's kubectl: a role is a Job with its variables in a Secret of its own, a forward a pod
 * that passes bytes on. Their manifests go to kubectl's standard input, and nothing of them stands on a command line.
 *
 * @param patience milliseconds that a pod may take to start: a node may have to be added first.
 */
export function kubernetesAccess(stack: KubernetesAccess, patience = 300_000): Promise<Access> {
  const kubectl = kubectlOf(stack);
  const { image } = stack;
  return Promise.resolve({
    async run({ role, args, variables, output, input, scratch }, signal) {
      if (scratch) throw hasNone();
      const spec = { role, image, args: [role, ...args], variables, limit: limits.role };
      const job = await startJob(kubectl, input ? { ...spec, command: waits, args: [] } : spec);
      try {
        if (input) return await runIn(kubectl, job, spec.args, { input, output, patience, signal });
        return await followToEnd(kubectl, job, { output, patience, signal });
      } finally {
        await job.remove();
      }
    },
    scratch: () => Promise.reject(hasNone()),
    recover: () => Promise.reject(hasNone()),
    async forward(url) {
      const target = targetOf(url);
      const [command, ...args] = relayCommand(target);
      const relay = { role: "relay", image, command: [command!], args, variables: {}, limit: limits.relay };
      const job = await startJob(kubectl, { ...relay, listens: true });
      try {
        const pod = await podOnce(kubectl, job, isReady, patience);
        const { name } = pod!.metadata;
        if (hasEnded(pod!)) {
          const reason = (await kubectl.run(["logs", name])).trim();
          throw new AccessError(`${target.host}:${target.port} is not reached from the cluster: ${reason}.`);
        }
        const { port, end } = await forwardTo(kubectl, name);
        return {
          url: localAddress(url, port),
          async close() {
            await end();
            await job.remove();
          },
        } satisfies Forward;
      } catch (error) {
        await job.remove();
        throw error;
      }
    },
    // Its certificate is of an authority that every browser knows.
    authority: () => Promise.resolve(undefined),
  });
}

const hasNone = () =>
  new AccessError(
    "A moment of this stack's database comes back as a server beside it, made by the cloud or by CloudNativePG: docs/gke.md, docs/eks.md, docs/aks.md and docs/kubernetes.md say how.",
  );

async function forwardTo(kubectl: Kubectl, pod: string): Promise<{ port: number; end: () => Promise<void> }> {
  const child = kubectl.start(["port-forward", "--address", "127.0.0.1", `pod/${pod}`, `:${ports.role}`]);
  const kill = () => child.kill();
  process.once("exit", kill);
  const ended = once(child, "close").catch((cause: unknown) => {
    throw notStarted(cause);
  });
  const said = text(child.stderr!);
  const failed = ended.then(async () => {
    throw new AccessError(`kubectl port-forward fails: ${(await said).trim() || "it has ended"}`);
  });
  failed.catch(() => undefined);
  const lines = createInterface(child.stdout!);
  const [line] = (await Promise.race([once(lines, "line"), failed])) as [string];
  return {
    port: Number(/:(\d+) ->/.exec(line)?.[1]),
    async end() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}
