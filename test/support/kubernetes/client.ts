import { execFile } from "node:child_process";
import { dirname, join } from "node:path";

/** Any object of Kubernetes. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface Client {
  /**
   * Runs `kubectl` as an administrator.
   *
   * @returns what it printed.
   * @throws with all that it said.
   */
  readonly kubectl: (...args: string[]) => Promise<string>;
  /** Creates or changes objects, server-side: an unknown or a repeated field is an error. */
  readonly apply: (...objects: KubernetesObject[]) => Promise<void>;
  /** @returns the object, or with no name a `List`, as JSON. */
  readonly get: <Got = KubernetesObject>(...args: string[]) => Promise<Got>;
}

/** @param program path of `kubectl`. */
export function openClient(program: string, kubeconfig: string): Client {
  // It remembers what a server offers, by the server's address, which another one has had.
  const cache = join(dirname(kubeconfig), "kubectl");
  const run = (args: readonly string[], input = ""): Promise<string> =>
    new Promise((resolve, reject) => {
      const command = ["--kubeconfig", kubeconfig, "--cache-dir", cache, ...args];
      const child = execFile(program, command, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else
          reject(new Error(`kubectl ${args.join(" ")} failed:\n${stdout}${stderr}`.trim(), { cause: error }));
      });
      child.stdin!.end(input);
    });
  return {
    kubectl: (...args) => run(args),
    async apply(...objects) {
      const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      await run(["apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"], list);
    },
    get: async (...args) => JSON.parse(await run(["get", ...args, "-o", "json"])),
  };
}
