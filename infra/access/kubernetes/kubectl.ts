import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { AccessError } from "../../contracts/access.ts";
import type { KubernetesAccess } from "../../contracts/kubernetes.ts";

/** How long an answer may take that is no stream. */
const timeout = "--request-timeout=30s";

/** The operator's kubectl, at one namespace of a cluster. */
export interface Kubectl {
  /**
   * @param input what it reads.
   * @returns what it prints.
   * @throws {AccessError} saying what is in the way.
   */
  run(args: readonly string[], input?: string): Promise<string>;
  /** One that goes on until it is told to end. Ctrl-C is not its to hear. */
  start(args: readonly string[]): ChildProcess;
}

export function kubectlOf({ kubeconfig, context, namespace }: KubernetesAccess): Kubectl {
  const place = [
    ...(kubeconfig === "" ? [] : ["--kubeconfig", inFile(kubeconfig)]),
    ...(context === "" ? [] : ["--context", context]),
    "--namespace",
    namespace,
  ];
  const start = (args: readonly string[]) =>
    spawn("kubectl", [...place, ...args], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  return {
    start,
    async run(args, input = "") {
      const child = start([timeout, ...args]);
      // One that has ended before it has read everything says why itself.
      child.stdin?.on("error", () => child.stdin?.destroy()).end(input);
      const [[code], printed, complaint] = await Promise.all([
        once(child, "close") as Promise<[number | null]>,
        text(child.stdout!),
        text(child.stderr!),
      ]).catch((cause: unknown) => {
        throw notStarted(cause);
      });
      if (code === 0) return printed;
      throw new AccessError(explain(args[0] ?? "", complaint.trim()));
    },
  };
}

/** It names no secret; but what it says may not be changed on the way either. */
function inFile(kubeconfig: string): string {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-kubeconfig-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "config");
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  return file;
}

export const notStarted = (cause: unknown): AccessError =>
  (cause as NodeJS.ErrnoException).code === "ENOENT"
    ? new AccessError(
        "There is no kubectl on the PATH. Install it: https://kubernetes.io/docs/tasks/tools/.",
        { cause },
      )
    : new AccessError(`kubectl cannot be started: ${(cause as Error).message}`, { cause });

/** What to do about what kubectl complains of most. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /context "[^"]*" does not exist|no context exists/,
    "Set testfarm:context to one of those that kubectl config get-contexts shows.",
  ],
  [/namespaces? "[^"]*" not found/, "Start the stack: pulumi up."],
  [/executable \S+ not found|executable file not found/, "Install that program, and sign in to the cloud."],
  [
    /Unable to connect|i\/o timeout|connection refused|TLS handshake|deadline exceeded/,
    "Is your address in testfarm:adminCidrs, and the cluster running?",
  ],
  [/Unauthorized|must be logged in|getting credentials/, "Sign in to the cloud again."],
  [/Forbidden|forbidden/, "The account that you are signed in with needs that right in the cluster."],
];

function explain(verb: string, complaint: string): string {
  const said = complaint.replace(/^error: /i, "") || "it says nothing";
  const remedy = remedies.find(([pattern]) => pattern.test(complaint))?.[1];
  return `kubectl ${verb} fails: ${said.replace(/\.$/, "")}.${remedy === undefined ? "" : ` ${remedy}`}`;
}
