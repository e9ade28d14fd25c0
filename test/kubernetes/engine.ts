/** Pulumi's engine with the real provider for Kubernetes in place of its stand-in. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { backendOf, openEngine, projectRoot } from "../engine/engine.ts";
import { atEnd } from "../support/at-end.ts";

export interface KubernetesEngine {
  /** Read in place of the stack's own file, and written to. */
  readonly configFile: string;
  /**
   * Runs a command on the engine's one stack.
   *
   * @param environment what the program reads besides.
   * @returns what it printed.
   * @throws with all that it said.
   */
  readonly pulumi: (environment: object, ...args: string[]) => Promise<string>;
}

/**
 * An engine with an empty stack; all of it goes with the test file.
 *
 * @param kubeconfig of the cluster that the program finds.
 * @param program directory of the program. Default: this repository.
 */
export async function engineOf(
  cli: string,
  provider: string,
  kubeconfig: string,
  program = projectRoot,
): Promise<KubernetesEngine> {
  const stack = "test";
  const directory = mkdtempSync(join(tmpdir(), "testfarm-engine-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  // It puts the plugins there.
  const engine = openEngine(cli, directory, { hasDocker: true });
  const sdk = join(projectRoot, "node_modules/@pulumi/kubernetes/package.json");
  const { version } = JSON.parse(readFileSync(sdk, "utf8")) as { version: string };
  const plugin = `plugins/resource-kubernetes-v${version}/pulumi-resource-kubernetes`;
  copyFileSync(provider, join(directory, "home", plugin));
  await engine.createStack(stack);
  const configFile = join(directory, `Pulumi.${stack}.yaml`);
  return {
    configFile,
    async pulumi(environment, ...args) {
      const child = spawn(cli, [...args, "--stack", stack, "--non-interactive", "--color", "never"], {
        cwd: program,
        env: {
          ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"))),
          PULUMI_HOME: join(directory, "home"),
          PULUMI_BACKEND_URL: backendOf(join(directory, "state")),
          PULUMI_CONFIG_PASSPHRASE: "stand-in",
          PULUMI_OPTION_CONFIG_FILE: configFile,
          PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
          PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          KUBECONFIG: kubeconfig,
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
      if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
      return stdout;
    },
  };
}
