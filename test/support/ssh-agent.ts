import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";
import { atEnd } from "./at-end.ts";

const run = promisify(execFile);

/** An operator's SSH agent with a key of its own, until the end of the file. */
export interface Agent {
  /** For who is to use it. */
  readonly environment: { readonly SSH_AUTH_SOCK: string };
  /** `ssh-ed25519 AAAA... operator` */
  readonly publicKey: string;
}

export async function startAgent(): Promise<Agent> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-agent-"));
  atEnd(() => rm(directory, { recursive: true }));
  const environment = { SSH_AUTH_SOCK: join(directory, "socket") };
  const key = join(directory, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", key]);
  const agent = spawn("ssh-agent", ["-D", "-a", environment.SSH_AUTH_SOCK], { stdio: "ignore" });
  const ended = once(agent, "exit");
  atEnd(async () => {
    agent.kill();
    await ended;
  });
  const env = { ...process.env, ...environment };
  await vi.waitFor(() => run("ssh-add", ["-q", key], { env }), { timeout: 10_000, interval: 50 });
  return { environment, publicKey: (await readFile(`${key}.pub`, "utf8")).trim() };
}
