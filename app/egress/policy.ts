import { lookup } from "node:dns/promises";
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { refusalOf } from "./address.ts";

/** Where a connection may go: the name for the log, and the very addresses that were checked. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly LookupAddress[];
}

/** A destination that is not for a tested site to reach. The message is shown to whoever asked. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** A name that leads nowhere. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export interface Policy {
  /** Opens a destination whatever its address and port are. `host` is as a URL normalizes it, without brackets. */
  readonly allows: (host: string, port: number) => boolean;
  /** Opens the other ports of a host, if its addresses are public. Default: of none. */
  readonly anyPort?: (host: string) => boolean;
  /** Default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/** Nothing but public addresses, on the ports of HTTP. */
export const publicOnly: Policy = { allows: () => false };

/** Opens those that are named as `host:port`. */
export function allowing(named: readonly string[]): Policy {
  const open = new Set(named.map((each) => new URL(`http://${each}`)).map((url) => keyOf(url)));
  return { allows: (host, port) => open.has(`${host}:${port}`) };
}

/** A URL's host without the brackets of IPv6 and the dot of a name that is complete. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

export const portOf = ({ port, protocol }: URL) =>
  Number(port || { "http:": 80, "https:": 443 }[protocol] || 0);

const keyOf = (url: URL) => `${hostOf(url)}:${portOf(url)}`;

/** The ports of HTTP; others lead to services that take a request for a command. */
const ports: ReadonlySet<number> = new Set([80, 443]);

/**
 * Resolves a name, once, and checks every address that it has: one that is refused refuses the name, so that an answer
 * which mixes addresses cannot lead past the check. Whoever connects uses these addresses and does not ask again, which
 * is what a name with changing answers waits for.
 *
 * @param url normalized, so that every spelling of an address is the same here: http://2130706433, http://0x7f.1.
 * @throws {Refused} with the reason.
 * @throws {Unreachable} when the name has no address.
 */
export async function admit(url: URL, { allows, anyPort, resolve }: Policy): Promise<Destination> {
  const [host, port] = [hostOf(url), portOf(url)];
  const isAllowed = allows(host, port);
  if (!isAllowed && !ports.has(port) && !anyPort?.(host))
    throw new Refused(`${host}:${port} is refused: a site is on port 80 or 443.`);
  const addresses = await addressesOf(host, resolve);
  for (const { address } of isAllowed ? [] : addresses) {
    const reason = refusalOf(address);
    if (reason === undefined) continue;
    throw new Refused(`${host} is refused: ${address === host ? "it" : `its address ${address}`} ${reason}.`);
  }
  return { host, port, addresses };
}

const loopback: readonly LookupAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** The addresses of a host, which an address is itself. @throws {Unreachable} when there are none. */
export async function addressesOf(
  host: string,
  resolve: NonNullable<Policy["resolve"]> = resolveName,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  // This machine by definition (RFC 6761, 6.3), whatever a name server says; some resolvers know only the first.
  if (host === "localhost" || host.endsWith(".localhost")) return loopback;
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw new Unreachable(`${host} could not be resolved.`, { cause });
  });
  if (addresses.length === 0) throw new Unreachable(`${host} has no address.`);
  return addresses;
}

const resolveName = (host: string) => lookup(host, { all: true });
