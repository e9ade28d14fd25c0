import { describe, expect, test } from "vitest";
import { hosts } from "../../../components/host/index.ts";
import { costOf } from "../../../infra/cost/cost.ts";
import type { Provider } from "../../../infra/hosts/index.ts";
import { place, type Placement } from "../../../infra/hosts/placement.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

/** What a server near Madrid with a disk of 25 GB costs a month, by its parts; absent is unknown. */
const small: Readonly<Record<Provider, Readonly<Record<string, number | undefined>>>> = {
  digitalocean: {
    "server s-2vcpu-4gb": 24,
    "disk of 25 GB": 2.5,
    "reserved IP, attached": 0,
    "reserved IP's assignment": 0,
    "disk's attachment": 0,
    firewall: 0,
    "SSH key": 0,
  },
  hetzner: {
    "server cx23": undefined,
    "disk of 25 GB": undefined,
    "primary IPv4 address": undefined,
    "disk's attachment": 0,
    firewall: 0,
    "SSH key": 0,
  },
  vultr: {
    "server vc2-2c-4gb": undefined,
    "disk of 25 GB": undefined,
    "reserved IPv4 address": undefined,
    firewall: 0,
    "firewall's rule": 0,
    "SSH key": 0,
  },
  linode: {
    "server g6-standard-2": undefined,
    "disk of 25 GB": undefined,
    "reserved IPv4 address": undefined,
    firewall: 0,
  },
};

describe.each(Object.entries(hosts))("a server at %s", (name, open) => {
  const provider = name as Provider;

  test("costs what its parts do, and says which of them it does not know", async () => {
    const placement = place({ provider, near: "madrid", size: "small" }) as Placement;
    const program = async () => {
      await open("host", {
        label: "shop",
        ...placement,
        volumeGb: 25,
        adminCidrs: ["198.18.7.7/32"],
        sshPublicKey: "ssh-ed25519 AAAA operator",
      });
    };
    const recording = await recordProgram(program, { preview: true });
    const { lines, usd, complete } = costOf(recording);
    expect(Object.fromEntries(lines.map((line) => [line.item, line.usd]))).toStrictEqual(small[provider]);
    expect(usd).toBe(provider === "digitalocean" ? 26.5 : 0);
    expect(complete).toBe(provider === "digitalocean");
  });
});
