import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Unreachable, type Destination } from "./policy.ts";

/**
 * Connects to one of the addresses that were checked, and to no other. Whatever the system's resolver says by now is not
 * asked for.
 *
 * @throws {Unreachable} when none of them takes a connection within the time, which `signal` limits.
 */
export async function dial({ host, port, addresses }: Destination, signal: AbortSignal): Promise<Socket> {
  const socket = connect({
    host,
    port,
    // Tries the addresses in turn; asked for names only, an address is dialled as it is.
    autoSelectFamily: true,
    lookup: (_name, _options, answer) => answer(null, [...addresses]),
  });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new Unreachable(`${host}:${port} could not be reached.`, { cause });
  }
}
