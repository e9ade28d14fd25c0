import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { userInfo } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Tests change nobody's system unasked. */
export const mayInstall = process.env["CI"] === "true" || process.env["TEST_INSTALL"] === "1";

/** Ends the `needs` of a service that Debian has. */
export const orInstall = (name: string) =>
  `Install ${name} (Debian: apt-get install ${name}), or let the tests do it: TEST_INSTALL=1.`;

/** @returns the path of a program, after installing Debian's package where that is allowed; `undefined` without it. */
export async function findOrInstall(program: string, name: string): Promise<string | undefined> {
  const found = await onPath(program);
  if (found !== undefined || !mayInstall || (await onPath("apt-get")) === undefined) return found;
  console.warn(`Installing Debian's package ${name}.`);
  try {
    await install(name);
  } catch (error) {
    console.warn(`${name} could not be installed: ${(error as Error).message}`);
  }
  return onPath(program);
}

/** Under a lock: other test files may want a package at the same time. */
async function install(name: string): Promise<void> {
  const script = `apt-get update -qq && apt-get install -y -qq ${name}`;
  const command = ["flock", "/tmp/testfarm-apt.lock", "sh", "-c", script];
  const [file, ...args] = userInfo().uid === 0 ? command : ["sudo", "-n", ...command];
  await run(file!, args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 16 * 1024 * 1024,
  });
}

async function onPath(program: string): Promise<string | undefined> {
  // A user's PATH has not always the directories of servers.
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const directory of directories) {
    const file = join(directory, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}
