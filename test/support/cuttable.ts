import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { atEnd } from "./at-end.ts";

/**
 * A way to a server of this machine that is there until it has carried a number of bytes to it, and then as a server is
 * that is away: connections break, and new ones are refused.
 */
export async function cuttable(port: number, bytes = Infinity): Promise<{ url: string; cut(): void }> {
  const sockets = new Set<Socket>();
  let carried = 0;
  const server = createServer((socket) => {
    const other = connect(port, "127.0.0.1");
    for (const each of [socket, other]) {
      sockets.add(each);
      each.on("error", () => cut(each)).on("close", () => cut(socket, other));
    }
    socket.on("data", ({ length }) => {
      carried += length;
      if (carried > bytes) cutAll();
    });
    socket.pipe(other).pipe(socket);
  });
  const cut = (...some: Socket[]) => {
    for (const each of some) {
      sockets.delete(each);
      each.destroy();
    }
  };
  const cutAll = () => {
    server.close();
    cut(...sockets);
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(cutAll);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut: cutAll };
}
