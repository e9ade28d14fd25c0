import * as pulumi from "@pulumi/pulumi";
import { dns } from "../components/dns/index.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import type { Dns, DnsRecord } from "../infra/contracts/dns.ts";
import type { DockerHostArgs } from "../infra/contracts/docker-host.ts";

/** Where people open the page of a server, and what somebody has to do by hand for it. */
interface Site extends Pick<DockerHostArgs, "site" | "certificate"> {
  readonly outputs: { readonly DNS_RECORDS?: pulumi.Output<string> };
}

/**
 * The server's address, or the domain with its record.
 *
 * The domain is known once its record is made: what is configured with it, the proxy, starts after that and asks for a
 * certificate that it can get. Nothing else waits.
 */
export async function siteOf(config: ConfigOf<"vps">, address: pulumi.Output<string>): Promise<Site> {
  const { domain } = config;
  if (domain === undefined) return { site: address, certificate: "internal", outputs: {} };
  const { made, byHand } = await recordsOf({ ...config, domain }, [
    { name: domain, type: "A", value: address },
  ]);
  return {
    site: pulumi.all(made.map(({ urn }) => urn)).apply(() => domain),
    certificate: "acme",
    outputs: byHand === undefined ? {} : { DNS_RECORDS: byHand },
  };
}

/** Records of the domain, made by whom the stack's file says; on standby by nobody, since another stack has them. */
export function recordsOf(
  { domain, dns: choice }: { readonly domain: string; readonly dns: ConfigOf<"vps">["dns"] },
  records: readonly Omit<DnsRecord, "ttl">[],
): Promise<Dns> {
  const { provider, ttl, zone = domain } = choice;
  const isStandby = choice.provider !== "none" && choice.standby;
  return dns[isStandby ? "none" : provider]("dns", {
    zone,
    records: records.map((record) => ({ ...record, ttl })),
  });
}
