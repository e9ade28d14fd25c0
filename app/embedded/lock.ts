import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface Lock {
  /** Tells a second start where this one is to be opened. */
  announce(url: string): void;
  release(): Promise<void>;
}

/** Another process has the lock. `url` is empty while it is still starting. */
export interface Taken {
  readonly url: string;
}

/** Longest path of a Unix socket on every system. */
const longest = 103;

/**
 * One process per installation. The lock is a socket that its holder listens on: the system takes it away from a process
 * however that ends, and whoever comes second asks it for the address.
 */
export async function takeLock(home: string): Promise<Lock | Taken> {
  const path = join(home, "running.sock");
  if (Buffer.byteLength(path) > longest) {
    throw new Error(
      `TESTFARM_HOME is too long: ${path} has ${Buffer.byteLength(path)} bytes, and a socket's path at most ${longest}. Choose a shorter one.`,
    );
  }
  const lock = await listen(path);
  if (lock) return lock;
  const url = await ask(path);
  if (url !== undefined) return { url };
  // Nobody listens behind the file: its process was killed.
  await rm(path, { force: true });
  return takeLock(home);
}

async function listen(path: string): Promise<Lock | undefined> {
  let url = "";
  const server = createServer((second) => second.on("error", () => second.destroy()).end(url));
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(path, () =>
      resolve({
        announce: (address) => (url = address),
        release: () => new Promise((done) => server.close(() => done())),
      }),
    );
  });
}

async function ask(path: string): Promise<string | undefined> {
  try {
    return await text(connect(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return undefined;
    throw error;
  }
}
