import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { connect } from "node:tls";
import { atEnd } from "./at-end.ts";

/**
 * A port on this machine, each connection to which becomes one by TLS to `localhost`, whose certificate has to be signed
 * by `ca`. It ends one side as the other one does, so that a client sees what it would see without it.
 *
 * @param ca certificate of the authority, PEM.
 * @returns its URL, with the host's own name in it.
 */
export async function tlsRelay(port: number, ca: string): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const secure = connect({ host: "localhost", servername: "localhost", port, ca });
    socket.pipe(secure).pipe(socket);
    socket.on("error", () => secure.destroy()).on("close", () => secure.destroy());
    secure.on("error", () => socket.resetAndDestroy()).on("close", () => socket.destroy());
  });
  await once(server.listen(0, "localhost"), "listening");
  atEnd(() => server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
