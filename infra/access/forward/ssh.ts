import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { AccessError } from "../../contracts/access.ts";
import type { Forwarded, Target } from "./contract.ts";

/** `ssh` ends when it cannot listen, and says so once it does. */
const options = [
  "ExitOnForwardFailure=yes",
  "PermitLocalCommand=yes",
  "LocalCommand=echo forwarding",
].flatMap((option) => ["-o", option]);

/**
 * A port of this machine for an address that a server reaches.
 *
 * @param server arguments of `ssh` with the target.
 */
export async function forwardOverSsh({ host, port }: Target, server: readonly string[]): Promise<Forwarded> {
  const local = await freePort();
  const forward = `127.0.0.1:${local}:${host}:${port}`;
  const ssh = spawn("ssh", ["-N", "-L", forward, ...options, ...server], {
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C is this process's to hear: what goes through the forward ends first.
    detached: true,
  });
  const end = () => ssh.kill();
  process.once("exit", end);
  const ended = new Promise<void>((resolve) =>
    ssh.once("close", () => resolve()).once("error", () => resolve()),
  );
  const said = text(ssh.stderr);
  const failed = ended.then(async () => {
    throw new AccessError(`ssh cannot forward to ${host}:${port}: ${(await said).trim() || "it has ended"}`);
  });
  failed.catch(() => undefined);
  await Promise.race([once(ssh.stdout, "data"), failed]);
  return {
    port: local,
    async close() {
      process.off("exit", end);
      end();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
