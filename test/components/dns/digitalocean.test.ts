import { expect, test } from "vitest";
import { DigitalOceanDns } from "../../../components/dns/digitalocean.ts";
import type { DnsRecord } from "../../../infra/contracts/dns.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

async function inputsOf(record: DnsRecord, zone = "example.com"): Promise<object | undefined> {
  const { resources } = await recordProgram(async () => {
    new DigitalOceanDns("dns", { zone, records: [record] });
  });
  return resources.find(({ type }) => type === "digitalocean:index/dnsRecord:DnsRecord")?.inputs;
}

const record = { name: "testfarm.example.com", type: "A", value: "198.18.0.1", ttl: 300 } as const;

test("an address has exactly these inputs: the name within the zone", async () => {
  const inputs = { domain: "example.com", name: "testfarm", type: "A", value: "198.18.0.1", ttl: 300 };
  expect(await inputsOf(record)).toEqual(inputs);
  expect(await inputsOf({ ...record, type: "AAAA", value: "2001:db8::1" })).toEqual({
    ...inputs,
    type: "AAAA",
    value: "2001:db8::1",
  });
});

test("a name can be several steps within the zone, or the zone's own", async () => {
  expect(await inputsOf({ ...record, name: "a.b.example.com" })).toMatchObject({ name: "a.b" });
  expect(await inputsOf({ ...record, name: "example.com" })).toMatchObject({ name: "@" });
  // The zone's text comes up in the name twice.
  expect(await inputsOf({ ...record, name: "a.com.b.a.com" }, "com")).toMatchObject({ name: "a.com.b.a" });
});

test("a name of another zone is refused, one that only ends alike too", async () => {
  for (const zone of ["example.org", "ample.com", "a.testfarm.example.com"]) {
    await expect(inputsOf(record, zone)).rejects.toThrow(
      `testfarm.example.com is not in the zone ${zone}; name the zone that it is in`,
    );
  }
});

test("a CNAME leads to a name with a dot behind it, without which it would be one within the zone", async () => {
  expect(await inputsOf({ ...record, type: "CNAME", value: "example.net" })).toMatchObject({
    type: "CNAME",
    value: "example.net.",
  });
});

test("a text stands as it is", async () => {
  expect(await inputsOf({ ...record, type: "TXT", value: "v=spf1 -all" })).toMatchObject({
    type: "TXT",
    value: "v=spf1 -all",
  });
});
