import { expect, test } from "vitest";
import { costOf, type CostLine } from "../../../infra/cost/cost.ts";
import { Secret, Unknown, type RecordedResource, type Recording } from "../../../infra/plan/record.ts";
import { digitalocean } from "../../../infra/prices/digitalocean.ts";

const types = {
  assignment: "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
  attachment: "digitalocean:index/volumeAttachment:VolumeAttachment",
  droplet: "digitalocean:index/droplet:Droplet",
  firewall: "digitalocean:index/firewall:Firewall",
  ip: "digitalocean:index/reservedIp:ReservedIp",
  key: "digitalocean:index/sshKey:SshKey",
  volume: "digitalocean:index/volume:Volume",
} as const;

function resource(type: string, more: Partial<RecordedResource> = {}): RecordedResource {
  const name = more.name ?? "it";
  return {
    key: `${type}::${name}`,
    type,
    name,
    custom: true,
    inputs: {},
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    dependsOn: [],
    dataFlow: {},
    ...more,
  };
}
const recording = (...resources: RecordedResource[]): Recording => ({ resources, outputs: {} });
const cost = (...resources: RecordedResource[]) => costOf(recording(...resources));
const line = (...resources: RecordedResource[]): CostLine | undefined => cost(...resources).lines[0];

const droplet = (size: string) => resource(types.droplet, { name: size, inputs: { size } });
const volume = (size: number) => resource(types.volume, { inputs: { size } });

test("a cost is the sum of its lines, each with the price that it was made of", () => {
  const sum = cost(droplet("s-2vcpu-4gb"), droplet("s-4vcpu-8gb"), volume(25));
  expect(sum.lines).toEqual([
    { name: "s-2vcpu-4gb", item: "server s-2vcpu-4gb", usd: 24, price: digitalocean.servers["s-2vcpu-4gb"] },
    { name: "s-4vcpu-8gb", item: "server s-4vcpu-8gb", usd: 48, price: digitalocean.servers["s-4vcpu-8gb"] },
    { name: "it", item: "disk of 25 GB", usd: 2.5, price: digitalocean.volume },
  ]);
  expect(sum.usd).toBeCloseTo(74.5);
  expect(sum.complete).toBe(true);
});

test("nothing costs nothing, and that is all that there is to know", () => {
  expect(cost()).toEqual({ lines: [], usd: 0, complete: true, confirmed: true });
});

test.each(Object.keys(digitalocean.servers))("a server %s has its price", (size) => {
  expect(line(droplet(size))?.usd).toBe(digitalocean.servers[size]?.usd);
});

test.each(["volume", "servers", "toString"])("a server called %s is of unknown price", (size) => {
  expect(line(droplet(size))).toEqual({ name: size, item: `server ${size}` });
});

test.each([
  types.firewall,
  types.key,
  types.attachment,
  types.assignment,
  "cloudflare:index/dnsRecord:DnsRecord",
  "digitalocean:index/dnsRecord:DnsRecord",
])("%s is free, and listed", (type) => {
  const { lines, ...sum } = cost(resource(type));
  expect(lines).toEqual([{ name: "it", item: expect.any(String) as string, usd: 0 }]);
  expect(sum).toEqual({ usd: 0, complete: true, confirmed: true });
});

test.each([
  ["a server of a size without a price", droplet("m6-32vcpu-256gb"), "server m6-32vcpu-256gb"],
  [
    "a server whose size only the provider knows",
    resource(types.droplet, { inputs: { size: new Unknown() } }),
    "server [known after up]",
  ],
  [
    "a server whose size is a secret",
    resource(types.droplet, { inputs: { size: new Secret("canary") } }),
    "server [secret]",
  ],
  [
    "a disk whose size only the provider knows",
    resource(types.volume, { inputs: { size: new Unknown() } }),
    "disk",
  ],
  [
    "a vendor's resource that no rule knows",
    resource("hcloud:index/loadBalancer:LoadBalancer"),
    "hcloud:index/loadBalancer:LoadBalancer",
  ],
])("%s is of unknown price: the sum is then the least that it costs", (_, unknown, item) => {
  const sum = cost(unknown, volume(30));
  expect(sum.lines[0]).toEqual({ name: unknown.name, item });
  expect(sum.usd).toBeCloseTo(3);
  expect(sum.complete).toBe(false);
});

test("a price that nobody confirmed marks the sum, a confirmed one and a free one do not", () => {
  expect(cost(droplet("s-2vcpu-4gb"), resource(types.key)).confirmed).toBe(true);
  expect(cost(droplet("s-2vcpu-4gb"), volume(25)).confirmed).toBe(false);
  expect(cost(droplet("s-1vcpu-1gb")).confirmed).toBe(false);
});

test("a price that is unknown is not one that is unconfirmed", () => {
  expect(cost(droplet("m6-32vcpu-256gb"))).toMatchObject({ complete: false, confirmed: true });
});

test.each([
  "command:local:Command",
  "docker:index/container:Container",
  "random:index/randomPassword:RandomPassword",
  "pulumi:providers:docker",
  "testfarm:docker:Slot",
])("%s is billed by nobody", (type) => {
  expect(cost(resource(type)).lines).toEqual([]);
});

test("a component is billed by nobody: its children are", () => {
  const component = resource("digitalocean:index/droplet:Droplet", { custom: false });
  expect(cost(component).lines).toEqual([]);
});

test("the cost comes from what is registered: two servers cost twice as much", () => {
  const size = "s-2vcpu-4gb";
  const two = ["a", "b"].map((name) => resource(types.droplet, { name, inputs: { size } }));
  expect(cost(...two).usd).toBe(48);
});

/** https://docs.digitalocean.com/products/networking/reserved-ips/how-to/modify/ */
test.each([
  [
    "free while another resource attaches it",
    [resource(types.assignment, { dataFlow: { ipAddress: [`${types.ip}::it`] } })],
    {},
    0,
  ],
  ["free while it names its server itself", [], { dropletId: 4711 }, 0],
  ["of unknown price while it is attached to nothing", [], {}, undefined],
  [
    "of unknown price while only another one is attached",
    [resource(types.assignment, { dataFlow: { ipAddress: [`${types.ip}::other`] } })],
    {},
    undefined,
  ],
  [
    "of unknown price while it is handed to anything but an assignment",
    [resource("docker:index/container:Container", { dataFlow: { envs: [`${types.ip}::it`] } })],
    {},
    undefined,
  ],
] as const)("a reserved IP is %s", (_, others, inputs, usd) => {
  const ip = line(resource(types.ip, { inputs }), ...others);
  expect(ip).toEqual({
    name: "it",
    item: `reserved IP, ${usd === 0 ? "attached" : "not attached"}`,
    ...(usd !== undefined && { usd }),
  });
});
