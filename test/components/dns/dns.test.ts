import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { dns } from "../../../components/dns/index.ts";
import type { DnsRecord } from "../../../infra/contracts/dns.ts";
import { type RecordedResource, type Recording, Secret, Unknown } from "../../../infra/plan/record.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const records: readonly DnsRecord[] = [
  { name: "testfarm.example.com", type: "A", value: "198.18.0.1", ttl: 300 },
  { name: "testfarm.example.com", type: "AAAA", value: "2001:db8::1", ttl: 300 },
  { name: "www.testfarm.example.com", type: "CNAME", value: "testfarm.example.com", ttl: 86_400 },
  { name: "example.com", type: "TXT", value: "v=spf1 -all", ttl: 60 },
];
const names = [
  "dns-a-testfarm.example.com",
  "dns-aaaa-testfarm.example.com",
  "dns-cname-www.testfarm.example.com",
  "dns-txt-example.com",
];

/** Something whose address only its provider can tell. */
class Server extends pulumi.CustomResource {
  declare readonly address: pulumi.Output<string>;
  constructor() {
    super("test:index:Server", "server", { address: undefined });
  }
}

/** In the order of their names, which is that of `records`. */
const made = ({ resources }: Recording): RecordedResource[] =>
  resources
    .filter(({ custom, type }) => custom && !type.startsWith("test:"))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
const byHand = ({ outputs }: Recording): string[] => {
  const lines = outputs["byHand"];
  return typeof lines === "string" ? lines.split("\n") : [];
};

/** What every provider of DNS has to be; a new one is one more row of the table. */
describe.each(Object.entries(dns))("records, provider %s", (_, open) => {
  const start = (): Promise<Recording> =>
    recordProgram(async () => {
      const result = await open("dns", { zone: "example.com", records });
      return { made: pulumi.all(result.made.map(({ urn }) => urn)), byHand: result.byHand };
    });
  const startAtServer = (preview: boolean): Promise<Recording> =>
    recordProgram(
      async () => {
        const { address } = new Server();
        const result = await open("dns", {
          zone: "example.com",
          records: records.map((record) => ({ ...record, value: address })),
        });
        return { byHand: result.byHand };
      },
      { preview, respond: () => ({ state: { address: "198.18.0.2" } }) },
    );

  test("are all made or all to be made by hand, and the result says which", async () => {
    const recording = await start();
    expect(made(recording).length + byHand(recording).length).toBe(records.length);
    expect([0, records.length]).toContain(made(recording).length);
    expect(recording.outputs["made"]).toHaveLength(made(recording).length);
  });

  test("tell the type, the value and the TTL of each", async () => {
    const recording = await start();
    const told = [...byHand(recording), ...made(recording).map(({ inputs }) => JSON.stringify(inputs))];
    for (const [index, { type, value, ttl }] of records.entries()) {
      expect(told[index]).toContain(value);
      expect(told[index]).toMatch(new RegExp(`\\b${type}\\b.*\\b${ttl}\\b|\\b${ttl}\\b.*\\b${type}\\b`));
    }
  });

  test("are all that is made: the zone is there already", async () => {
    for (const { type, custom } of (await start()).resources) {
      expect(type).toMatch(custom ? /:index\/dnsRecord:DnsRecord$/ : /^(pulumi:pulumi:Stack|testfarm:dns:)/);
    }
  });

  test("are children of one component, with its name and their own", async () => {
    const recording = await start();
    const components = recording.resources.filter(({ type }) => type.startsWith("testfarm:dns:"));
    expect(components).toHaveLength(made(recording).length === 0 ? 0 : 1);
    expect(made(recording).map(({ name }) => name)).toEqual(components.length === 0 ? [] : names);
    for (const { parent } of made(recording)) expect(parent).toBe(components[0]?.key);
  });

  test("lead to an address that only its server's provider can tell", async () => {
    const recording = await startAtServer(false);
    const told = [...byHand(recording), ...made(recording).map(({ inputs }) => JSON.stringify(inputs))];
    expect(told).toHaveLength(records.length);
    for (const each of told) expect(each).toContain("198.18.0.2");
    for (const { dependsOn } of made(recording)) expect(dependsOn).toContain("test:index:Server::server");
  });

  test("are the same in a preview, before there is an address", async () => {
    const [preview, up] = [await startAtServer(true), await startAtServer(false)];
    expect(preview.resources.map(({ key }) => key)).toEqual(up.resources.map(({ key }) => key));
    expect(preview.outputs["byHand"] instanceof Unknown).toBe(byHand(up).length > 0);
  });

  test("go with the stack: nothing protects or keeps them", async () => {
    for (const { protect, retainOnDelete } of made(await start())) {
      expect({ protect, retainOnDelete }).toEqual({ protect: false, retainOnDelete: false });
    }
  });

  test("hold no secret", async () => {
    const inputs = made(await start()).flatMap((resource) => Object.values(resource.inputs));
    expect(inputs.filter((input) => input instanceof Secret)).toEqual([]);
  });
});
