import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findOrInstall, mayInstall } from "../debian.ts";
import type { Service } from "../services.ts";
import { withLock } from "./lock.ts";

const run = promisify(execFile);

/**
 * The engine's client.
 *
 * @returns what it printed.
 * @throws with all that it said.
 */
export type Docker = (...args: string[]) => Promise<string>;

/** A running engine; where tests may, Debian's is installed and started, and goes on running for the next run. */
export const docker: Service<Docker> = {
  name: "Docker engine",
  needs:
    "Start one, or let the tests install Debian's (apt-get install docker.io, as root): TEST_INSTALL=1 npm test.",
  async find() {
    const theirs = clientAt("docker");
    if (await answers(theirs)) return theirs;
    if (!mayInstall) return undefined;
    const engine = await findOrInstall("dockerd", "docker.io");
    if (engine === undefined) return undefined;
    // Of the same package as the engine: another client on the PATH may be too new for it.
    const client = clientAt(join(dirname(engine), "../bin/docker"));
    await withLock("dockerd", async () => {
      if (!(await answers(client))) await start(engine, client);
    });
    return client;
  },
};

const clientAt =
  (program: string): Docker =>
  async (...args) => {
    try {
      return (await run(program, args, { maxBuffer: 256 * 1024 * 1024 })).stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      const said = `${stdout.slice(-8_000)}${stderr.slice(-8_000)}`.trim();
      throw new Error(`docker ${args.join(" ")} failed:\n${said}`, { cause: error });
    }
  };

const answers = (client: Docker): Promise<boolean> =>
  client("version").then(
    () => true,
    () => false,
  );

/** For this user's group, so that no other root is needed than for the engine itself. */
async function start(engine: string, client: Docker): Promise<void> {
  const log = "/tmp/testfarm-dockerd.log";
  const launch = `setsid ${engine} --group ${userInfo().gid} >${log} 2>&1 </dev/null &`;
  await asRoot("sh", "-c", launch);
  const deadline = Date.now() + 60_000;
  while (!(await answers(client))) {
    if (Date.now() > deadline) throw new Error(`${engine} does not answer within a minute; see ${log}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** @returns what it printed. */
export async function asRoot(...command: [string, ...string[]]): Promise<string> {
  const [file, ...args] = userInfo().uid === 0 ? command : ["sudo", "-n", ...command];
  return (await run(file, args, { maxBuffer: 256 * 1024 * 1024 })).stdout;
}
