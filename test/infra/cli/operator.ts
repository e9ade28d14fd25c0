import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { backendOf } from "../../engine/engine.ts";
import { type Ended, root } from "./run.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** `npm run smoke -- <args>`, or `restore`, as a process with exactly that environment. */
export const operate = (
  command: "smoke" | "restore",
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> =>
  new Promise((resolve) => {
    const program = ["--import", tsx, join(root, `infra/cli/${command}.ts`), ...args];
    execFile(process.execPath, program, { cwd: root, env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

/**
 * An operator's environment, whose Pulumi knows the stacks of a test's engine.
 *
 * @param cli path of the Pulumi CLI.
 * @param directory of the engine.
 */
export const operatorOf = (cli: string, directory: string): Readonly<Record<string, string>> => ({
  PATH: `${dirname(cli)}:${process.env["PATH"]}`,
  HOME: directory,
  PULUMI_HOME: join(directory, "home"),
  PULUMI_BACKEND_URL: backendOf(join(directory, "state")),
  PULUMI_CONFIG_PASSPHRASE: "stand-in",
  // The salt is read from the state, as by the engine.
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
  PULUMI_SKIP_UPDATE_CHECK: "true",
});
