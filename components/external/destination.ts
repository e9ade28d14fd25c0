import * as pulumi from "@pulumi/pulumi";
import type { Destination } from "../../infra/contracts/kubernetes.ts";
import { toldBy } from "./secret-address.ts";

/** Any address: a NetworkPolicy knows no names, and what is behind one can change at any time. */
const anywhere = ["0.0.0.0/0"];

/** What an address may begin with, and the port that is meant where it names none. */
const schemes = {
  databaseUrl: {
    ports: { "postgres:": 5432, "postgresql:": 5432 },
    example: "postgres://app:<password>@db.example.com:5432/testfarm",
  },
  redisUrl: {
    ports: { "redis:": 6379, "rediss:": 6379 },
    example: "rediss://:<password>@redis.example.com:6379",
  },
} as const;

/**
 * The way to a server by its address, which is secret: by its port alone. The port is taken out of the secret, since it
 * lets nobody in, and without it nothing would be allowed.
 *
 * @throws in the output where it is no such address, without saying what it is.
 */
export const serverAt = (setting: keyof typeof schemes, url: pulumi.Input<string>): Destination => ({
  to: { ranges: anywhere },
  port: pulumi.unsecret(toldBy(url, (address) => portOf(setting, address))),
});

/** @throws {pulumi.RunError} as `serverAt`. */
export function portOf(setting: keyof typeof schemes, address: string): number {
  const { ports, example } = schemes[setting];
  const { protocol = "", port = "" } = URL.canParse(address) ? new URL(address) : {};
  const usual = (ports as Readonly<Record<string, number>>)[protocol];
  if (usual === undefined)
    throw new pulumi.RunError(
      `testfarm:${setting}: must be an address such as ${example}: pulumi config set --secret testfarm:${setting}`,
    );
  return port === "" ? usual : Number(port);
}

/**
 * The ways to a store at an address that is no secret: none where pods may go anyway, to a name on port 443.
 *
 * @throws for port 80, where clouds tell a machine's own keys: nothing may be opened there.
 */
export function storeAt(endpoint: string): Destination[] {
  const { hostname, protocol, port } = new URL(endpoint);
  const at = Number(port) || (protocol === "https:" ? 443 : 80);
  if (at === 80)
    throw new pulumi.RunError(
      `testfarm:externalBucket.endpoint: "${endpoint}" is on port 80, where clouds tell a machine's own keys; use https, or another port`,
    );
  if (/^[\d.]+$/.test(hostname)) return [{ to: { ranges: [`${hostname}/32`] }, port: at }];
  return at === 443 ? [] : [{ to: { ranges: anywhere }, port: at }];
}
