import type { Input, Output, Resource } from "@pulumi/pulumi";

export interface DnsRecord {
  /** Full name in lower case, without a dot behind it: `testfarm.example.com`. */
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME" | "TXT";
  /**
   * An address; of a CNAME the full name that it leads to, without a dot behind it; of a TXT its text: up to 255 printable
   * characters of ASCII, without quotes and backslashes.
   */
  readonly value: Input<string>;
  /** Seconds for which others may keep the answer; infra/config/schema.ts holds what each provider allows. */
  readonly ttl: number;
}

export interface DnsArgs {
  /**
   * The zone as its provider names it: by id at Cloudflare, by name at DigitalOcean. It is there already, and is neither
   * made nor deleted. Whoever makes records by hand is not told.
   */
  readonly zone: string;
  /** One at most for each name and type. */
  readonly records: readonly DnsRecord[];
}

/** Records in a zone. They hold nothing that could get lost, and go with the stack: a name must not outlive its address. */
export interface Dns {
  /** The records, as the stack makes them; empty where somebody makes them by hand. */
  readonly made: readonly Resource[];
  /** The records that somebody has to make by hand, each a line of a zone file; absent where the stack makes them. */
  readonly byHand?: Output<string>;
}

/** A record's resource; another name or type is another record. */
export const resourceName = (component: string, { name, type }: DnsRecord): string =>
  `${component}-${type.toLowerCase()}-${name}`;
