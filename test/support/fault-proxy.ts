import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { atEnd } from "./at-end.ts";

/**
 * What is wrong with a way.
 * - `latency`: what is sent comes so many milliseconds later, piece after piece, each way.
 * - `bandwidth`: so many bytes a second, of each connection each way.
 * - `reset`: connections are reset, and so are new ones at once.
 * - `half-open`: nothing comes any more, neither bytes nor ends; new connections are taken and hear nothing.
 */
export type WayFault =
  | { readonly kind: "latency"; readonly milliseconds: number }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  | { readonly kind: "reset" }
  | { readonly kind: "half-open" };

/** A way to a server of this machine on which something can be wrong. */
export interface FaultProxy {
  readonly port: number;
  /** From now on, for connections that are there and for new ones. */
  break(fault: WayFault): void;
  /**
   * New connections are carried as if nothing had been. Those that were half open stay so for whoever has opened them: the
   * server, whose system asks for a sign of life, has done with them by now.
   */
  heal(): void;
}

/** It ends with the file. */
export async function faultProxy(port: number): Promise<FaultProxy> {
  let fault: WayFault | undefined;
  const dead = new WeakSet<Socket>();
  const sockets = new Set<Socket>();
  /** Those to the server. */
  const opened = new WeakSet<Socket>();

  /** Chunk after chunk, as late and as slow as it is now. */
  async function carry(from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (fault?.kind === "bandwidth") await pause((1_000 * chunk.length) / fault.bytesPerSecond);
      if (fault?.kind === "latency") await pause(fault.milliseconds);
      if (dead.has(from)) continue;
      if (!to.write(chunk)) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    if (!dead.has(from)) to.end();
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (fault?.kind === "reset") {
      socket.resetAndDestroy();
      return;
    }
    const other = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const pair = [socket, other];
    opened.add(other);
    if (fault?.kind === "half-open") for (const each of pair) dead.add(each);
    for (const each of pair) {
      sockets.add(each);
      each.setNoDelay();
      // Whoever is not half open learns that the other end is gone.
      each
        .on("error", () => undefined)
        .on("close", () => {
          sockets.delete(each);
          if (!dead.has(each)) for (const one of pair) one.destroy();
        });
    }
    for (const [from, to] of [pair, pair.toReversed()] as [Socket, Socket][])
      carry(from, to).catch(() => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => {
    server.close();
    for (const each of sockets) each.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    break(next) {
      fault = next;
      if (next.kind === "reset") for (const each of sockets) each.resetAndDestroy();
      if (next.kind === "half-open") for (const each of sockets) dead.add(each);
    },
    heal() {
      fault = undefined;
      for (const each of sockets) if (dead.has(each) && opened.has(each)) each.destroy();
    },
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
