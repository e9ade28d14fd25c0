// By file: the package's index, imported as a whole, loads each of its resources.
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import * as pulumi from "@pulumi/pulumi";
import { type Dns, type DnsArgs, resourceName } from "../../infra/contracts/dns.ts";

/**
 * Records in a zone at Cloudflare. All but the zone is changed in place.
 *
 * They are not proxied: Cloudflare's proxy ends TLS itself, so that the challenge by which the server gets its own
 * certificate (TLS-ALPN-01) does not reach it, and it has its own limits for streams such as our events:
 * https://developers.cloudflare.com/fundamentals/reference/connection-limits/
 *
 * `pulumi up` fails with "An A, AAAA, or CNAME record with that host already exists" where somebody has made one by hand:
 * delete it, or import it with `pulumi import cloudflare:index/dnsRecord:DnsRecord <name> <zone id>/<record id>`.
 */
export class CloudflareDns extends pulumi.ComponentResource implements Dns {
  readonly made: readonly pulumi.Resource[];

  constructor(name: string, { zone, records }: DnsArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:dns:Cloudflare", name, {}, options);
    this.made = records.map((record) => {
      const { type, value, ttl } = record;
      return new DnsRecord(
        resourceName(name, record),
        {
          zoneId: zone,
          // In full: of a shorter one the API returns the full name, which the next refresh takes for a change.
          // https://github.com/cloudflare/terraform-provider-cloudflare/issues/7289
          name: record.name,
          type,
          // https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/#txt
          content: type === "TXT" ? pulumi.interpolate`"${value}"` : value,
          ttl,
          proxied: false,
        },
        { parent: this },
      );
    });
    this.registerOutputs();
  }
}
