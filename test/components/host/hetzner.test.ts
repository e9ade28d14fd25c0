import { beforeAll, expect, test } from "vitest";
import { HetznerHost } from "../../../components/host/hetzner.ts";
import { cloudInit } from "../../../components/host/prepare/cloud-init.ts";
import type { HostArgs } from "../../../infra/contracts/host.ts";
import type { RecordedResource, Recording } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const sshPublicKey = `ssh-ed25519 ${"A".repeat(68)} operator`;
const ids: Readonly<Record<string, string>> = {
  host: "1",
  "host-firewall": "2",
  "host-ip": "3",
  "host-key": "4",
  "host-volume": "5",
};

const start = (change: Partial<HostArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      new HetznerHost("host", {
        label: "testfarm-mvp",
        region: "nbg1",
        size: "cx23",
        volumeGb: 25,
        adminCidrs: ["198.18.7.7/32"],
        sshPublicKey,
        ...change,
      });
    },
    { respond: ({ name }) => ({ id: ids[name] ?? name, state: { ipAddress: "198.18.0.1" } }) },
  );

let host: Recording;
beforeAll(async () => {
  host = await start();
});

const named = (name: string, recording = host): RecordedResource => {
  const found = recording.resources.find((resource) => resource.custom && resource.name === name);
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
const labels = { stack: "testfarm-mvp" };

test("the server has exactly these inputs; ids are numbers, but for the key's", () => {
  expect(named("host").inputs).toEqual({
    name: "testfarm-mvp",
    location: "nbg1",
    serverType: "cx23",
    image: "ubuntu-24.04",
    sshKeys: ["4"],
    userData: cloudInit(sshPublicKey),
    firewallIds: [2],
    publicNets: [{ ipv4Enabled: true, ipv4: 3, ipv6Enabled: false }],
    keepDisk: true,
    shutdownBeforeDeletion: true,
    labels,
  });
  expect(named("host").ignoreChanges).toEqual(["image", "sshKeys", "userData"]);
  expect(named("host-key").inputs).toEqual({ name: "testfarm-mvp", publicKey: sshPublicKey, labels });
});

test("SSH is open to the operators only, the page and ICMP to everybody, and nothing else comes in", () => {
  const everywhere = ["0.0.0.0/0", "::/0"];
  expect(named("host-firewall").inputs).toEqual({
    name: "testfarm-mvp",
    rules: [
      { direction: "in", protocol: "tcp", port: "22", sourceIps: ["198.18.7.7/32"] },
      { direction: "in", protocol: "tcp", port: "80", sourceIps: everywhere },
      { direction: "in", protocol: "tcp", port: "443", sourceIps: everywhere },
      { direction: "in", protocol: "udp", port: "443", sourceIps: everywhere },
      { direction: "in", protocol: "icmp", sourceIps: everywhere },
    ],
    labels,
  });
});

test("the volume comes unformatted, and is attached by the numbers of both", () => {
  expect(named("host-volume").inputs).toEqual({
    name: "testfarm-mvp",
    location: "nbg1",
    size: 25,
    deleteProtection: true,
    labels,
  });
  expect(named("host-volume-attachment").inputs).toEqual({ serverId: 1, volumeId: 5 });
});

test("the address stays when its server is deleted", () => {
  expect(named("host-ip").inputs).toEqual({
    name: "testfarm-mvp",
    type: "ipv4",
    location: "nbg1",
    autoDelete: false,
    deleteProtection: true,
    labels,
  });
});

test("the provider lets go of an ephemeral stack's address and volume", async () => {
  const ephemeral = await start({ ephemeral: true });
  expect(named("host-ip", ephemeral).inputs["deleteProtection"]).toBe(false);
  expect(named("host-volume", ephemeral).inputs["deleteProtection"]).toBe(false);
});
