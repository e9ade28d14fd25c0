import type { Recording } from "../plan/record.ts";
import { firewallOf, openingsOf } from "./firewalls.ts";
import type { Finding, Rule } from "./rule.ts";
import { containersOf, imageName, listOf } from "./values.ts";

const stores = /^(postgres|postgresql|pgvector|pgbouncer|redis|valkey|keydb)$/;
/** PostgreSQL, PgBouncer, Redis, the Docker engine and Chromium's debugging. */
const closed = [5432, 6432, 6379, 2375, 2376, 9222];

/**
 * Nearest: trivy DIG-0001, checkov CKV_DIO_4, CKV_LIN_5, here for Docker, which publishes past a machine's own firewall.
 */
export const databasePort: Rule = {
  says: "No port of a database, of Redis, of an engine or of a browser is published.",
  severity: "error",
  check: (recording) =>
    containersOf(recording).flatMap((resource): Finding[] => {
      const { image, ports, publishAllPorts } = resource.inputs;
      const isStore = typeof image === "string" && stores.test(imageName(image));
      const published = listOf(ports).filter(
        ({ internal, external }) => isStore || closed.some((port) => port === internal || port === external),
      );
      const fix = "remove `ports`; containers reach each other on their networks";
      return [
        ...published.map(({ internal }) => ({
          resource,
          message: `publishes its port ${String(internal)}; ${fix}`,
        })),
        ...(publishAllPorts === true
          ? [{ resource, message: `publishes every port of its image; remove \`publishAllPorts\`` }]
          : []),
      ];
    }),
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
