import * as pulumi from "@pulumi/pulumi";
import type { Dns, DnsArgs, DnsRecord } from "../../infra/contracts/dns.ts";

/** Makes nothing: says which records somebody has to make by hand, as a zone file has them (RFC 1035, section 5). */
export function recordsByHand({ records }: Pick<DnsArgs, "records">): Dns {
  const lines = records.map(
    (record) =>
      pulumi.interpolate`${record.name}. ${record.ttl} IN ${record.type} ${pulumi.output(record.value).apply(inZoneFile(record))}`,
  );
  return { made: [], byHand: pulumi.all(lines).apply((all) => all.join("\n")) };
}

const inZoneFile =
  ({ type }: DnsRecord) =>
  (value: string): string => {
    if (type === "TXT") return `"${value}"`;
    return type === "CNAME" ? `${value}.` : value;
  };
