/** Ids and addresses in the forms that vendors give them. */
import type { Seed } from "./world.ts";

export const number = (seed: Seed): string => String(Number.parseInt(seed.slice(0, 7), 16) + 100_000_000);
export const uuid = (seed: Seed): string =>
  [seed.slice(0, 8), seed.slice(8, 12), seed.slice(12, 16), seed.slice(16, 20), seed.slice(20, 32)].join("-");
export const octet = (seed: Seed, at: number): number =>
  (Number.parseInt(seed.slice(at, at + 2), 16) % 254) + 1;
/** Addresses of RFC 5737: they belong to nobody. */
export const publicIp = (seed: Seed): string => `203.0.113.${octet(seed, 0)}`;
export const floatingIp = (seed: Seed): string => `198.51.100.${octet(seed, 0)}`;
