import { beforeAll, expect, test } from "vitest";
import { DigitalOceanHost } from "../../../components/host/digitalocean.ts";
import { cloudInit } from "../../../components/host/prepare/cloud-init.ts";
import { record, type RecordedResource, type Recording } from "../../../infra/plan/record.ts";

const sshPublicKey = `ssh-ed25519 ${"A".repeat(68)} operator`;

let host: Recording;
beforeAll(async () => {
  host = await record(
    async () => {
      const { address } = new DigitalOceanHost("host", {
        label: "testfarm-mvp",
        region: "fra1",
        size: "s-2vcpu-4gb",
        volumeGb: 25,
        adminCidrs: ["198.18.7.7/32"],
        sshPublicKey,
      });
      return { address };
    },
    {
      project: "testfarm",
      stack: "mvp",
      preview: false,
      respond: ({ name }) => ({
        id: name === "host-volume" ? "volume-uuid" : "4711",
        state: { ...(name === "host-ip" && { ipAddress: "198.18.0.1" }), fingerprint: "aa:bb" },
      }),
    },
  );
});

const named = (name: string): RecordedResource => {
  const found = host.resources.find((resource) => resource.custom && resource.name === name);
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};

test("the droplet has exactly these inputs", () => {
  expect(named("host").inputs).toEqual({
    name: "testfarm-mvp",
    region: "fra1",
    size: "s-2vcpu-4gb",
    image: "ubuntu-24-04-x64",
    sshKeys: ["aa:bb"],
    userData: cloudInit(sshPublicKey),
    monitoring: true,
    gracefulShutdown: true,
    resizeDisk: false,
  });
});

test("no change of image, key or cloud-init replaces the running droplet", () => {
  expect(named("host")).toMatchObject({
    protect: false,
    retainOnDelete: false,
    ignoreChanges: ["image", "sshKeys", "userData"],
  });
});

test("SSH is open to the operators only, the page and ICMP to everybody, and nothing else comes in", () => {
  const everywhere = ["0.0.0.0/0", "::/0"];
  expect(named("host-firewall").inputs).toEqual({
    name: "testfarm-mvp",
    dropletIds: [4711],
    inboundRules: [
      { protocol: "tcp", portRange: "22", sourceAddresses: ["198.18.7.7/32"] },
      { protocol: "tcp", portRange: "80", sourceAddresses: everywhere },
      { protocol: "tcp", portRange: "443", sourceAddresses: everywhere },
      { protocol: "udp", portRange: "443", sourceAddresses: everywhere },
      { protocol: "icmp", sourceAddresses: everywhere },
    ],
    outboundRules: [
      { protocol: "tcp", portRange: "1-65535", destinationAddresses: everywhere },
      { protocol: "udp", portRange: "1-65535", destinationAddresses: everywhere },
      { protocol: "icmp", destinationAddresses: everywhere },
    ],
  });
});

test("the data volume has a filesystem under the label that the server mounts", () => {
  expect(named("host-volume").inputs).toEqual({
    name: "testfarm-mvp",
    region: "fra1",
    size: 25,
    initialFilesystemType: "ext4",
    initialFilesystemLabel: "testfarm",
  });
  expect(named("host-volume-attachment").inputs).toEqual({ dropletId: 4711, volumeId: "volume-uuid" });
  expect(cloudInit(sshPublicKey)).toContain("What=/dev/disk/by-label/testfarm");
});

test("the reserved IP is assigned to the droplet", () => {
  expect(named("host-ip").inputs).toEqual({ region: "fra1" });
  expect(named("host-ip-assignment").inputs).toEqual({ dropletId: 4711, ipAddress: "198.18.0.1" });
});

test("the host is ready once the engine answers behind the reserved IP, with the disk attached", () => {
  const ready = named("host-ready");
  expect(ready.inputs["create"]).toContain("'testfarm@198.18.0.1' 'cloud-init status --wait");
  expect(ready.inputs["triggers"]).toEqual(["4711"]);
  expect(ready.dependsOn).toEqual(
    expect.arrayContaining([named("host-volume-attachment").key, named("host-ip-assignment").key]),
  );
});
