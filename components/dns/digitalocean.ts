// By file: the package's index, imported as a whole, loads each of its 180 resources.
import { DnsRecord } from "@pulumi/digitalocean/dnsRecord.js";
import * as pulumi from "@pulumi/pulumi";
import { type Dns, type DnsArgs, resourceName } from "../../infra/contracts/dns.ts";

/**
 * Records in a zone at DigitalOcean, whose servers need not be there.
 *
 * Value and TTL are changed in place, type and zone by a new record. A record of the same name that somebody has made by
 * hand stays beside ours, and its answers too: delete it. Facts about names and values: resource_record.go of
 * digitalocean/terraform-provider-digitalocean, 1531311.
 */
export class DigitalOceanDns extends pulumi.ComponentResource implements Dns {
  readonly made: readonly pulumi.Resource[];

  constructor(name: string, { zone, records }: DnsArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:dns:DigitalOcean", name, {}, options);
    this.made = records.map((record) => {
      const { type, value, ttl } = record;
      return new DnsRecord(
        resourceName(name, record),
        {
          domain: zone,
          name: within(zone, record.name),
          type,
          // Without the dot the name would be one within the zone.
          value: type === "CNAME" ? pulumi.interpolate`${value}.` : value,
          ttl,
        },
        { parent: this },
      );
    });
    this.registerOutputs();
  }
}

/** @throws where the name is not in the zone: the API would take it for one within it. */
function within(zone: string, name: string): string {
  if (name === zone) return "@";
  if (name.endsWith(`.${zone}`)) return name.slice(0, -`.${zone}`.length);
  throw new Error(`${name} is not in the zone ${zone}; name the zone that it is in`);
}
