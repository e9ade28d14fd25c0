import { isIP } from "node:net";
import { refusalOf } from "./address.ts";
import { addressesOf, hostOf, publicOnly, type Policy } from "./policy.ts";

/** What one session's browser may reach. */
export interface Access {
  /** For what goes through the filter. */
  readonly policy: Policy;
  /** Hosts that do not, in the words of Chromium's `--proxy-bypass-list`. */
  readonly direct: readonly string[];
}

/** The public Internet, whatever the site. */
export const publicAccess = (): Promise<Access> => Promise.resolve({ policy: publicOnly, direct: [] });

const thisMachine = ["localhost", "*.localhost", "127.0.0.0/8", "[::1]"];

/**
 * For one person on a machine of their own, who names the site that a session tests. A site of theirs, on this machine
 * or in its network, is reached without the filter, so that it behaves, and fails, as it does in their own browser; with
 * one on this machine goes the rest of the machine, since its parts listen beside it. Every other site, and all that
 * such a site loads from elsewhere, gets the public Internet only: a stranger's page must not look into the machine or
 * the network of whoever tests it, and neither may a public name that turns into a private address later. The site
 * itself may be on any port.
 */
export async function ownSiteAccess(site: string): Promise<Access> {
  const url = new URL(site);
  const host = hostOf(url);
  if (host === "localhost" || host.endsWith(".localhost")) return { policy: publicOnly, direct: thisMachine };
  // A name that leads nowhere is the session's to find out.
  const addresses = await addressesOf(host).catch(() => []);
  const refusals = addresses.map(({ address }) => refusalOf(address)).filter((each) => each !== undefined);
  if (refusals.length === 0) return { policy: openOnEveryPort(host), direct: [] };
  const itself = isIP(host) === 6 ? `[${host}]` : host;
  return {
    policy: publicOnly,
    direct: refusals.includes("is this machine") ? [itself, ...thisMachine] : [itself],
  };
}

const openOnEveryPort = (host: string): Policy => ({ ...publicOnly, anyPort: (name) => name === host });
