import { beforeAll, expect, test } from "vitest";
import { LinodeHost } from "../../../components/host/linode.ts";
import { cloudInit } from "../../../components/host/prepare/cloud-init.ts";
import type { RecordedResource, Recording } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const sshPublicKey = `ssh-ed25519 ${"A".repeat(68)} operator`;
const ids: Readonly<Record<string, string>> = { host: "1", "host-firewall": "2", "host-ip": "198.18.0.1" };

let host: Recording;
beforeAll(async () => {
  host = await recordProgram(
    async () => {
      new LinodeHost("host", {
        label: "testfarm-mvp",
        region: "es-mad",
        size: "g6-standard-2",
        volumeGb: 25,
        adminCidrs: ["198.18.7.7/32"],
        sshPublicKey,
      });
    },
    { respond: ({ name }) => ({ id: ids[name] ?? name, state: { address: "198.18.0.1" } }) },
  );
});

const named = (name: string): RecordedResource => {
  const found = host.resources.find((resource) => resource.custom && resource.name === name);
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
const tags = ["testfarm-mvp"];

test("the Linode has exactly these inputs, with cloud-init in base64", () => {
  expect(named("host").inputs).toEqual({
    label: "testfarm-mvp",
    tags,
    region: "es-mad",
    type: "g6-standard-2",
    image: "linode/ubuntu24.04",
    authorizedKeys: [sshPublicKey],
    metadatas: [{ userData: btoa(cloudInit(sshPublicKey)) }],
    firewallId: 2,
    ipv4s: ["198.18.0.1"],
    resizeDisk: false,
    migrationType: "warm",
  });
  expect(named("host").ignoreChanges).toEqual(["image", "authorizedKeys", "metadatas"]);
});

test("SSH is open to the operators only, the page and ICMP to everybody, and no rule has an empty list", () => {
  const everywhere = { ipv4s: ["0.0.0.0/0"], ipv6s: ["::/0"] };
  expect(named("host-firewall").inputs).toEqual({
    label: "testfarm-mvp",
    tags,
    inboundPolicy: "DROP",
    inbounds: [
      { label: "tcp-22", action: "ACCEPT", protocol: "TCP", ports: "22", ipv4s: ["198.18.7.7/32"] },
      { label: "tcp-80", action: "ACCEPT", protocol: "TCP", ports: "80", ...everywhere },
      { label: "tcp-443", action: "ACCEPT", protocol: "TCP", ports: "443", ...everywhere },
      { label: "udp-443", action: "ACCEPT", protocol: "UDP", ports: "443", ...everywhere },
      { label: "icmp", action: "ACCEPT", protocol: "ICMP", ...everywhere },
    ],
    outboundPolicy: "ACCEPT",
  });
});

test("the volume is attached by the Linode's number", () => {
  expect(named("host-volume").inputs).toEqual({
    label: "testfarm-mvp",
    tags,
    region: "es-mad",
    size: 25,
    linodeId: 1,
  });
});

test("the address is reserved, and belongs to no Linode by its own inputs", () => {
  expect(named("host-ip").inputs).toEqual({ type: "ipv4", public: true, reserved: true, region: "es-mad" });
});
