import { beforeAll, expect, test } from "vitest";
import { cloudInit } from "../../../components/host/prepare/cloud-init.ts";
import { VultrHost } from "../../../components/host/vultr.ts";
import type { RecordedResource, Recording } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const sshPublicKey = `ssh-ed25519 ${"A".repeat(68)} operator`;

let host: Recording;
beforeAll(async () => {
  host = await recordProgram(
    async () => {
      new VultrHost("host", {
        label: "testfarm-mvp",
        region: "mad",
        size: "vc2-2c-4gb",
        volumeGb: 25,
        adminCidrs: ["198.18.7.7/32", "2001:db8:7::/48"],
        sshPublicKey,
      });
    },
    { respond: ({ name }) => ({ id: `${name}-uuid`, state: { subnet: "198.18.0.1" } }) },
  );
});

const named = (name: string): RecordedResource => {
  const found = host.resources.find((resource) => resource.custom && resource.name === name);
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};

test("the instance has exactly these inputs, with cloud-init as it is: the provider encodes it", () => {
  expect(named("host").inputs).toEqual({
    label: "testfarm-mvp",
    hostname: "testfarm-mvp",
    tags: ["testfarm-mvp"],
    region: "mad",
    plan: "vc2-2c-4gb",
    osId: 2284,
    sshKeyIds: ["host-key-uuid"],
    userData: cloudInit(sshPublicKey),
    firewallGroupId: "host-firewall-uuid",
    reservedIpId: "host-ip-uuid",
    activationEmail: false,
  });
  expect(named("host").ignoreChanges).toEqual(["osId", "sshKeyIds", "userData"]);
  expect(named("host-key").inputs).toEqual({ name: "testfarm-mvp", sshKey: sshPublicKey });
});

const rule = (protocol: string, port: string | undefined, range: readonly [string, number]) => ({
  firewallGroupId: "host-firewall-uuid",
  protocol,
  ...(port !== undefined && { port }),
  ipType: range[0].includes(":") ? "v6" : "v4",
  subnet: range[0],
  subnetSize: range[1],
});

test("the firewall is a group, whose rules each open one port to one range and are there before the instance", () => {
  const rules = host.resources.filter(({ type }) => type === "vultr:index/firewallRule:FirewallRule");
  expect(named("host-firewall").inputs).toEqual({ description: "testfarm-mvp" });
  const [ipv4, ipv6] = [["0.0.0.0", 0] as const, ["::", 0] as const];
  expect(Object.fromEntries(rules.map(({ name, inputs }) => [name, inputs]))).toEqual({
    "host-firewall-tcp-22-198.18.7.7-32": rule("tcp", "22", ["198.18.7.7", 32]),
    "host-firewall-tcp-22-2001_db8_7__-48": rule("tcp", "22", ["2001:db8:7::", 48]),
    "host-firewall-tcp-80-v4": rule("tcp", "80", ipv4),
    "host-firewall-tcp-80-v6": rule("tcp", "80", ipv6),
    "host-firewall-tcp-443-v4": rule("tcp", "443", ipv4),
    "host-firewall-tcp-443-v6": rule("tcp", "443", ipv6),
    "host-firewall-udp-443-v4": rule("udp", "443", ipv4),
    "host-firewall-udp-443-v6": rule("udp", "443", ipv6),
    "host-firewall-icmp-v4": rule("icmp", undefined, ipv4),
    "host-firewall-icmp-v6": rule("icmp", undefined, ipv6),
  });
  expect(named("host").dependsOn).toEqual(expect.arrayContaining(rules.map(({ key }) => key)));
});

test("the block storage comes unformatted, and is attached without a restart", () => {
  expect(named("host-volume").inputs).toEqual({
    label: "testfarm-mvp",
    region: "mad",
    sizeGb: 25,
    blockType: "high_perf",
    attachedToInstance: "host-uuid",
    live: true,
  });
});

test("the address is the instance's main one, and no instance stands in its own inputs", () => {
  expect(named("host-ip").inputs).toEqual({ label: "testfarm-mvp", region: "mad", ipType: "v4" });
});
