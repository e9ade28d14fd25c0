import type { Host, HostArgs } from "../../infra/contracts/host.ts";
import type { Provider } from "../../infra/hosts/index.ts";

/** Providers of a server. A provider's SDK is loaded when it is chosen. */
export const hosts: {
  readonly [Name in Provider]: (name: string, args: HostArgs) => Promise<Host>;
} = {
  async digitalocean(name, args) {
    const { DigitalOceanHost } = await import("./digitalocean.ts");
    return new DigitalOceanHost(name, args);
  },
  async hetzner(name, args) {
    const { HetznerHost } = await import("./hetzner.ts");
    return new HetznerHost(name, args);
  },
  async vultr(name, args) {
    const { VultrHost } = await import("./vultr.ts");
    return new VultrHost(name, args);
  },
  async linode(name, args) {
    const { LinodeHost } = await import("./linode.ts");
    return new LinodeHost(name, args);
  },
};
