import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { mayInstall } from "./debian.ts";

const run = promisify(execFile);

/** What a command did. */
export interface Ran {
  readonly code: number;
  /** All that it printed. */
  readonly said: string;
}

/** The same command as root's: by `sudo` where this user is another one. */
export const rootCommand = (command: readonly string[]): [string, ...string[]] => {
  const [file, ...args] = userInfo().uid === 0 ? command : ["sudo", "-n", ...command];
  return [file!, ...args];
};

/** Runs a command as root. That it fails is an answer; `asRoot` of the Docker engine throws then. */
export async function tryAsRoot(...command: string[]): Promise<Ran> {
  const [file, ...args] = rootCommand(command);
  return run(file, args).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code?: number | string; stdout?: string; stderr?: string }) => {
      if (typeof error.code !== "number") throw error;
      return { code: error.code, said: `${error.stdout}${error.stderr}` };
    },
  );
}

/** Whether tests may run this command as root here, and it succeeds. */
export const rootCan = async (...command: string[]): Promise<boolean> =>
  (userInfo().uid === 0 || mayInstall) &&
  (await tryAsRoot(...command).then(
    ({ code }) => code === 0,
    () => false,
  ));
