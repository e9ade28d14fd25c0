import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { atEnd } from "../at-end.ts";

const run = promisify(execFile);

/**
 * A port on the engine's own bridge, where containers find this machine, each connection to which becomes one to a server
 * that listens for this machine only.
 *
 * @param url of that server.
 * @returns its URL for containers.
 */
export async function bridgeRelay(url: string): Promise<string> {
  // Node tells no address of an interface without a carrier, which this one is while nothing is on it.
  const { stdout } = await run("ip", ["-4", "-oneline", "address", "show", "docker0"]);
  const [, gateway] = / inet ([\d.]+)/.exec(stdout) ?? [];
  const { hostname, port } = new URL(url);
  const server = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    socket.pipe(onward).pipe(socket);
    socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
    onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  });
  await once(server.listen(0, gateway), "listening");
  atEnd(() => server.close());
  return `http://${gateway}:${(server.address() as AddressInfo).port}`;
}
