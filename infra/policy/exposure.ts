import type { RecordedResource, Recording } from "../plan/record.ts";
import { firewallOf, openingsOf } from "./firewalls.ts";
import type { Finding, Rule } from "./rule.ts";
import { containerType, imageName, listOf, textsOf } from "./values.ts";

const stores = /^(postgres|postgresql|pgvector|pgbouncer|redis|valkey|keydb)$/;
/** PostgreSQL, PgBouncer, Redis, the Docker engine and Chromium's debugging. */
const closed = [5432, 6432, 6379, 2375, 2376, 9222];

const isStore = (image: unknown): boolean => typeof image === "string" && stores.test(imageName(image));
const isClosed = (port: unknown): boolean => closed.some((each) => each === port);

/** By type of resource: what it has open, and the fix. */
const published: Readonly<Record<string, (inputs: RecordedResource["inputs"]) => string[]>> = {
  [containerType]: ({ image, ports, publishAllPorts }) => [
    ...listOf(ports)
      .filter(({ internal, external }) => isStore(image) || isClosed(internal) || isClosed(external))
      .map(
        ({ internal }) =>
          `publishes its port ${String(internal)}; remove \`ports\`; containers reach each other on their networks`,
      ),
    ...(publishAllPorts === true ? ["publishes every port of its image; remove `publishAllPorts`"] : []),
  ],
  "testfarm:railway:Service": ({ image, tcpPort }) =>
    typeof tcpPort === "number" && (isStore(image) || isClosed(tcpPort))
      ? [
          `publishes its port ${tcpPort}; remove \`tcpPort\`: services of a project reach it by its private host`,
        ]
      : [],
  "testfarm:render:KeyValue": openedTo,
  "testfarm:render:Postgres": openedTo,
};

function openedTo({ ipAllowList }: RecordedResource["inputs"]): string[] {
  return textsOf(ipAllowList)
    .filter((block) => block.endsWith("/0"))
    .map((block) => `lets ${block} in; name the operators' addresses in \`ipAllowList\`, or none`);
}

/**
 * Nearest: trivy DIG-0001, checkov CKV_DIO_4, CKV_LIN_5, here for Docker, which publishes past a machine's own firewall, and
 * for companies whose databases have a public address on demand: CKV_AWS_17, CKV_GCP_11.
 */
export const databasePort: Rule = {
  says: "No port of a database, of Redis, of an engine or of a browser is published.",
  severity: "error",
  check: ({ resources }) =>
    resources.flatMap((resource) =>
      Object.hasOwn(published, resource.type)
        ? (published[resource.type]?.(resource.inputs) ?? []).map((message) => ({ resource, message }))
        : [],
    ),
};

/** By protocol. ICMP has no ports: without it large packets get lost. */
const open: Readonly<Record<string, readonly number[]>> = { tcp: [22, 80, 443], udp: [443] };

/** Nearest: trivy DIG-0001, checkov CKV_DIO_4, CKV_LIN_5, CKV_LIN_6. */
export const firewallPort: Rule = {
  says: "A provider's firewall lets in 22, 80 and 443 by TCP, 443 by UDP, and ICMP.",
  severity: "error",
  check: ({ resources }) =>
    resources.flatMap((resource) =>
      openingsOf(resource).flatMap(({ protocol, ports }): Finding[] => {
        const allowed = open[protocol] ?? [];
        const wide = ports.filter(([first, last]) => first !== last || !allowed.includes(first));
        const fix = "keep to tcp 22, 80, 443 and udp 443";
        if (wide.length === 0 && (ports.length > 0 || /^icmp(v6)?$/.test(protocol) || protocol === ""))
          return [];
        if (protocol in open && ports.length === 0) return [];
        const named = wide.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(", ");
        return [{ resource, message: `lets in ${[protocol, named].filter(Boolean).join(" ")}; ${fix}` }];
      }),
    ),
};

/** Nearest: trivy DIG-0001, checkov CKV_DIO_4, CKV_LIN_5; CKV_AWS_24 and CKV_GCP_2 for clouds with networks. */
export const sshSource: Rule = {
  says: "SSH is reachable from the operators' addresses only.",
  severity: "error",
  across: true,
  check: (recording) => [...openToAll(recording), ...withoutFirewall(recording)],
};

const openToAll = ({ resources }: Recording): Finding[] =>
  resources.flatMap((resource) =>
    openingsOf(resource)
      .filter(
        ({ protocol, ports }) =>
          protocol === "tcp" && ports.some(([first, last]) => first <= 22 && last >= 22),
      )
      .flatMap(({ sources }) => sources.filter((source) => source.endsWith("/0")))
      .map((source) => ({
        resource,
        message: `lets ${source} in on port 22; name the operators' addresses in testfarm:adminCidrs`,
      })),
  );

const withoutFirewall = ({ resources }: Recording): Finding[] =>
  resources
    .filter(({ type }) => {
      const firewall = Object.hasOwn(firewallOf, type) ? firewallOf[type] : undefined;
      return firewall !== undefined && !resources.some((other) => other.type === firewall);
    })
    .map((resource) => ({
      resource,
      message: `has no firewall of its provider; make one that opens port 22 to the operators' addresses`,
    }));
