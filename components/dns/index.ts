import type { DnsProvider } from "../../infra/config/common.ts";
import type { Dns, DnsArgs } from "../../infra/contracts/dns.ts";

/** Providers of DNS. A provider's SDK is loaded when it is chosen. */
export const dns: {
  readonly [Name in DnsProvider]: (name: string, args: DnsArgs) => Promise<Dns>;
} = {
  async none(_, args) {
    const { recordsByHand } = await import("./none.ts");
    return recordsByHand(args);
  },
  async cloudflare(name, args) {
    const { CloudflareDns } = await import("./cloudflare.ts");
    return new CloudflareDns(name, args);
  },
  async digitalocean(name, args) {
    const { DigitalOceanDns } = await import("./digitalocean.ts");
    return new DigitalOceanDns(name, args);
  },
};
