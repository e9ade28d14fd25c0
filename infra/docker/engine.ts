import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";

/**
 * A client of the engine at an address: `unix:///path`, or `ssh://user@host`, for which it goes the way of Docker's own
 * client, `docker system dial-stdio` on the other side.
 *
 * @param sshOptions arguments of `ssh` before the target.
 * @throws when the address is of another kind.
 */
export function openEngine(address: string, sshOptions: readonly string[]): Docker {
  const { protocol, pathname, username, host } = new URL(address);
  if (protocol === "unix:") return new Docker({ socketPath: pathname });
  if (protocol === "ssh:") return new Docker({ socketPath: relay([...sshOptions, `${username}@${host}`]) });
  throw new Error(`Engine ${address}: its address must begin with unix:// or ssh://.`);
}

/** A socket on this machine, each connection to which is one to the engine behind SSH. It ends with the process. */
function relay(target: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-engine-"));
  const socketPath = join(directory, "docker.sock");
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  // A client that has said everything may still be listening: to what a container prints that has read it.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const ssh = spawn("ssh", [...target, "docker", "system", "dial-stdio"], {
      stdio: "pipe",
      // Ctrl-C is this process's to hear, which may have something to end over there.
      detached: true,
    });
    let said = "";
    ssh.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    socket.pipe(ssh.stdin);
    ssh.stdout.pipe(socket, { end: false });
    // Each side that ends takes the other with it. Where there was no way at all, the client hears why, as an answer.
    ssh
      .on("error", (error) => socket.destroy(error))
      .on("close", () => socket.end(socket.bytesWritten === 0 ? badGateway(said) : ""));
    socket.on("error", () => undefined).on("close", () => ssh.kill());
    ssh.stdin.on("error", () => undefined);
  });
  server.listen(socketPath).unref();
  return socketPath;
}

function badGateway(reason: string): string {
  const body = `No way to the engine: ${reason.trim() || "ssh has ended without a word"}`;
  const headers = [
    "Content-Type: text/plain",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return ["HTTP/1.1 502 Bad Gateway", ...headers, "", body].join("\r\n");
}
