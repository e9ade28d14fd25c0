import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { AccessError } from "../../contracts/access.ts";
import type { Forwarded, Target } from "./contract.ts";

/** Milliseconds. A container of this machine answers at once. */
const patience = 5_000;

/** A port of this machine for a container of its own engine. */
export async function forwardDirectly(target: Target): Promise<Forwarded> {
  await probe(target);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const other = connect(target);
    for (const [one, its] of [
      [socket, other],
      [other, socket],
    ] as const) {
      open.add(one);
      one.on("error", () => its.destroy()).on("close", () => open.delete(one));
    }
    socket.pipe(other).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Only where the engine runs on this machine itself, which means Linux, are its containers' addresses reached. */
async function probe(target: Target): Promise<void> {
  const socket = connect(target);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(patience) });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "no answer";
    throw new AccessError(
      `${target.host}:${target.port} is not reached from this machine (${reason}). Docker Desktop keeps containers in a virtual machine of its own; there what needs a service has to run as a container beside it.`,
      { cause },
    );
  } finally {
    socket.destroy();
  }
}
