import type { GraphqlBehaviour } from "../graphql.ts";
import { type Id, type Input, liveService, type Of, type State, the } from "./state.ts";

type Hosted = Of & { readonly targetPort?: number };

/** Its DNS records are known after some looks. */
function domainOf({ customDomains }: State, id: string) {
  const found = the(customDomains, id, "Custom domain");
  const zone = found.domain.split(".").slice(-2).join(".");
  const label = found.domain.slice(0, -zone.length - 1);
  const isKnown = ++found.looks > 2;
  return {
    ...found,
    id,
    deletedAt: null,
    status: {
      dnsRecords: [
        { purpose: "DNS_RECORD_PURPOSE_TRAFFIC_ROUTE", requiredValue: "g05ns7.up.railway.app", zone },
      ],
      verificationDnsHost: isKnown ? `_railway-verify.${label}` : null,
      verificationToken: isKnown ? "abc123" : null,
    },
  };
}

export const hostsOf = (state: State, service: string) => ({
  serviceDomains: [...state.hosts]
    .filter(([, { serviceId }]) => serviceId === service)
    .map(([id, host]) => ({ ...host, id })),
  customDomains: [...state.customDomains]
    .filter(([, { serviceId }]) => serviceId === service)
    .map(([id]) => domainOf(state, id)),
});

export function networkingBehaviour(state: State): GraphqlBehaviour {
  const { hosts, customDomains, proxies, newId } = state;
  return {
    "GET domains": ({ serviceId }: Of) => liveService(state, serviceId) && hostsOf(state, serviceId),
    "POST serviceDomainCreate"({ input: { serviceId, environmentId, targetPort } }: Input<Hosted>) {
      const { name } = liveService(state, serviceId);
      const id = newId();
      const domain = `${name}-production.up.railway.app`;
      hosts.set(id, { domain, environmentId, serviceId, targetPort: targetPort ?? null });
      return { ...hosts.get(id), id };
    },
    "POST serviceDomainUpdate"({ input }: Input<Hosted & { readonly serviceDomainId: string }>) {
      the(hosts, input.serviceDomainId, "Domain").targetPort = input.targetPort ?? null;
      return true;
    },
    "POST serviceDomainDelete": ({ id }: Id) => the(hosts, id, "Domain") && hosts.delete(id),

    "GET customDomain": ({ id }: Id) => domainOf(state, id),
    "POST customDomainCreate"({ input }: Input<Hosted & { readonly domain: string }>) {
      const { domain, environmentId, serviceId, targetPort = null } = input;
      liveService(state, serviceId);
      const id = newId();
      customDomains.set(id, { domain, environmentId, serviceId, targetPort, looks: 0 });
      return domainOf(state, id);
    },
    "POST customDomainUpdate"({ id, targetPort }: Id & { readonly targetPort: number }) {
      the(customDomains, id, "Custom domain").targetPort = targetPort;
      return true;
    },
    "POST customDomainDelete": ({ id }: Id) =>
      the(customDomains, id, "Custom domain") && customDomains.delete(id),

    "GET tcpProxies": ({ serviceId }: Of) =>
      [...proxies]
        .filter(([, each]) => each.serviceId === serviceId && each.left-- <= 0)
        .map(([id, { applicationPort }]) => ({
          id,
          applicationPort,
          domain: "shuttle.proxy.rlwy.net",
          proxyPort: 15_140,
        })),
    "POST tcpProxyDelete": ({ id }: Id) => the(proxies, id, "TCP proxy") && proxies.delete(id),
  };
}
