import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");

/** The embedded application, started as `npm start` does, with a home and a port of its own. */
export interface RunningApp {
  readonly address: string;
  /** All that it has printed. */
  readonly said: () => string;
  /** Kill -9 of the process that was started, and of nothing else. */
  crash(): Promise<void>;
  /** Ctrl-C in a terminal: every process of the group gets it. Resolves to the exit code. */
  interrupt(): Promise<number | null>;
  /** Command lines of what is left of this application and what it started. */
  leftovers(): Promise<readonly string[]>;
}

/** A directory for `TESTFARM_HOME` that PostgreSQL's own account can enter where the tests run as root. */
export async function temporaryHome(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "testfarm-e2e-"));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** @throws with the output so far when the application ends before it answers. */
export async function startApp(home: string, port: number): Promise<RunningApp> {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  const [, ...args] = scripts.start.split(" ");
  const child = spawn(process.execPath, args, {
    cwd: root,
    // A group of its own, as a terminal gives it.
    detached: true,
    env: { ...process.env, TESTFARM_HOME: home, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => output.push(String(text)));
  const address = `http://127.0.0.1:${port}`;
  await answers(address, child, () => output.join(""));
  const group = child.pid ?? 0;
  const end = async (kill: () => void) => {
    const ended = once(child, "exit");
    kill();
    const [code] = (await ended) as [number | null];
    return code;
  };
  return {
    address,
    said: () => output.join(""),
    crash: async () => void (await end(() => child.kill("SIGKILL"))),
    interrupt: () => end(() => process.kill(-group, "SIGINT")),
    leftovers: () => leftovers(home, group),
  };
}

async function answers(address: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`The application ended with ${child.exitCode}:\n${output()}`);
    const response = await fetch(`${address}/api/me`).catch((error: unknown) => error);
    if (response instanceof Response && response.ok) return;
    await sleep(200);
  }
  throw new Error(`The application did not answer at ${address} within a minute:\n${output()}`);
}

/** A process is the application's when it has its home in its environment or command line, or is in its group. */
async function leftovers(home: string, group: number): Promise<readonly string[]> {
  if (process.platform !== "linux") return isAlive(group) ? [`process group ${group}`] : [];
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const read = (name: string) => readFile(`/proc/${id}/${name}`, "utf8").catch(() => "");
      const [command, environment, stat] = await Promise.all([
        read("cmdline"),
        read("environ"),
        read("stat"),
      ]);
      // pid (name) state ppid pgrp: the name can hold spaces and brackets.
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const isOurs = command.includes(home) || environment.includes(home) || processGroup === String(group);
      return isOurs && state !== "Z" ? [command.replaceAll("\0", " ").trim()] : [];
    }),
  );
  return found.flat();
}

function isAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
