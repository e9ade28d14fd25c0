import * as pulumi from "@pulumi/pulumi";
import type { Destination } from "../../infra/contracts/kubernetes.ts";
import { anywhere } from "../kubernetes/public-addresses.ts";
import { toldBy } from "./secret-address.ts";

/** A NetworkPolicy knows no names, and what is behind one can change at any time. */
const byPort = { ranges: [anywhere] };

/** Nothing may be opened there. */
const keysOfMachines = { port: 80, why: "is on port 80, where clouds tell a machine's own keys" };

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
 * @throws in the output where it is no such address, or is on port 80, without saying what it is.
 */
export const serverAt = (setting: keyof typeof schemes, url: pulumi.Input<string>): Destination => ({
  to: byPort,
  port: pulumi.unsecret(toldBy(url, (address) => portOf(setting, address))),
});

/** @throws {pulumi.RunError} as `serverAt`. */
export function portOf(setting: keyof typeof schemes, address: string): number {
  const { ports, example } = schemes[setting];
  const { protocol = "", port = "" } = URL.canParse(address) ? new URL(address) : {};
  const usual = (ports as Readonly<Record<string, number>>)[protocol];
  const refuse = (why: string) =>
    new pulumi.RunError(`testfarm:${setting}: ${why}: pulumi config set --secret testfarm:${setting}`);
  if (usual === undefined) throw refuse(`must be an address such as ${example}`);
  const at = port === "" ? usual : Number(port);
  if (at === keysOfMachines.port) throw refuse(`${keysOfMachines.why}; use another port`);
  return at;
}

/**
 * The ways to a store at an address that is no secret: none where pods may go anyway, to a name on port 443.
 *
 * @throws for port 80.
 */
export function storeAt(endpoint: string): Destination[] {
  const { hostname, protocol, port } = new URL(endpoint);
  const at = Number(port) || (protocol === "https:" ? 443 : 80);
  if (at === keysOfMachines.port)
    throw new pulumi.RunError(
      `testfarm:externalBucket.endpoint: "${endpoint}" ${keysOfMachines.why}; use https, or another port`,
    );
  if (/^[\d.]+$/.test(hostname)) return [{ to: { ranges: [`${hostname}/32`] }, port: at }];
  return at === 443 ? [] : [{ to: byPort, port: at }];
}
