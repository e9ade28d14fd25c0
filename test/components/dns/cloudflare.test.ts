import { expect, test } from "vitest";
import { CloudflareDns } from "../../../components/dns/cloudflare.ts";
import type { DnsRecord } from "../../../infra/contracts/dns.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const zone = "0123456789abcdef0123456789abcdef";

async function inputsOf(record: DnsRecord): Promise<object | undefined> {
  const { resources } = await recordProgram(async () => {
    new CloudflareDns("dns", { zone, records: [record] });
  });
  return resources.find(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord")?.inputs;
}

const names = { zoneId: zone, name: "testfarm.example.com", proxied: false };

test("an address has exactly these inputs: the name in full, and no proxy", async () => {
  const record = { name: "testfarm.example.com", ttl: 300 } as const;
  expect(await inputsOf({ ...record, type: "A", value: "198.18.0.1" })).toEqual({
    ...names,
    type: "A",
    content: "198.18.0.1",
    ttl: 300,
  });
  expect(await inputsOf({ ...record, type: "AAAA", value: "2001:db8::1" })).toEqual({
    ...names,
    type: "AAAA",
    content: "2001:db8::1",
    ttl: 300,
  });
});

test("a CNAME leads to a name without a dot behind it, and 1 is Cloudflare's own TTL", async () => {
  const record = { name: "testfarm.example.com", type: "CNAME", value: "example.net", ttl: 1 } as const;
  expect(await inputsOf(record)).toEqual({ ...names, type: "CNAME", content: "example.net", ttl: 1 });
});

test("a text stands in quotes, as the API gives it back", async () => {
  const record = { name: "testfarm.example.com", type: "TXT", value: "v=spf1 -all", ttl: 60 } as const;
  expect(await inputsOf(record)).toEqual({ ...names, type: "TXT", content: '"v=spf1 -all"', ttl: 60 });
});
