import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { freePort } from "../../app/embedded/port.ts";
import { atEnd } from "./at-end.ts";

export interface SshServer {
  readonly directory: string;
  /** As `ssh` knows the server: `[127.0.0.1]:port`. */
  readonly address: string;
  readonly hostKey: string;
  /** Arguments of `ssh` for who may come in: port and key. */
  readonly credentials: readonly string[];
}

/** A server on a port of this machine that lets its own user in by a key, until the end of the file. */
export async function startSshd(program: string): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-sshd-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  const hostKey = sshKey(join(directory, "host"));
  writeFileSync(join(directory, "authorized"), `${sshKey(join(directory, "user"))}\n`);
  const port = await freePort();
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${directory}/host`,
    `AuthorizedKeysFile ${directory}/authorized`,
    `PidFile ${directory}/pid`,
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin prohibit-password",
  ];
  writeFileSync(join(directory, "config"), settings.join("\n"));
  // It asks for its directory, empty and root's, also where it is not started by the system.
  execFileSync("mkdir", ["-p", "/run/sshd"]);
  const server = spawn(program, ["-D", "-e", "-f", join(directory, "config")], { stdio: "ignore" });
  const ended = once(server, "exit");
  atEnd(async () => {
    server.kill();
    await ended;
  });
  await vi.waitFor(
    async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
    },
    { timeout: 10_000, interval: 50 },
  );
  const options = ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", join(directory, "user")];
  return {
    directory,
    address: `[127.0.0.1]:${port}`,
    hostKey,
    credentials: [...options, "-p", `${port}`],
  };
}

/** Makes a key pair. @returns its public half, `ssh-ed25519 AAAA...` */
export function sshKey(path: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}
