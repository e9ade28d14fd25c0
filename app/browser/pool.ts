import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { ServiceOptions } from "./service.ts";

interface Pool {
  /** Where the role is, by one name for all of its processes. */
  readonly baseURL: string;
  /** The role's token. */
  readonly apiKey: string;
  /** Every address that a name has. Default: as the system finds them. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** A step may begin in the meantime, and has then to be over before the role ends. Milliseconds. */
const lookInterval = 1_000;

/**
 * The role `browser` as a service for remote browsers: one process, or many of which the name has all addresses, as that of
 * a headless Service of Kubernetes does
 * (https://kubernetes.io/docs/concepts/services-networking/service/#headless-services, of 2026-08-21). Sessions are spread
 * over them by chance. Over TLS it is one: a certificate is a name's.
 */
export function browserPool({
  baseURL,
  apiKey,
  resolve = resolveAll,
}: Pool): Pick<ServiceOptions, "baseURL" | "apiKey" | "processes" | "lookInterval"> {
  const { protocol, hostname } = new URL(baseURL);
  if (protocol !== "http:") return { baseURL, apiKey, lookInterval };
  return {
    baseURL,
    apiKey,
    lookInterval,
    async processes() {
      // An address of IPv6 stands in brackets in a URL, and only there.
      const addresses = await resolve(hostname.replace(/^\[|\]$/g, ""));
      return shuffled(addresses.map((address) => at(baseURL, address)));
    },
  };
}

const resolveAll = async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address);

const at = (url: string, address: string) =>
  Object.assign(new URL(url), { hostname: isIPv6(address) ? `[${address}]` : address }).href;

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ item }) => item);
