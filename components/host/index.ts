import type { ConfigOf } from "../../infra/config/schema.ts";
import type { Host, HostArgs } from "../../infra/contracts/host.ts";

type Provider = ConfigOf<"vps">["provider"];

/** Providers of a server. A provider's SDK is loaded when it is chosen. */
export const hosts: {
  readonly [Name in Provider]: (name: string, args: HostArgs) => Promise<Host>;
} = {
  async digitalocean(name, args) {
    const { DigitalOceanHost } = await import("./digitalocean.ts");
    return new DigitalOceanHost(name, args);
  },
};
