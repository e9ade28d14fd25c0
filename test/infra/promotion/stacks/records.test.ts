import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readStackFile } from "../../../../infra/config/file.ts";
import { parseConfig } from "../../../../infra/config/parse.ts";
import type { End } from "../../../../infra/promotion/actions/contract.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import { sharedRecords, sharedTtl } from "../../../../infra/promotion/stacks/records.ts";
import type { ManagedStack } from "../../../../infra/promotion/stacks/stack.ts";
import { atEnd } from "../../../support/at-end.ts";

const signal = new AbortController().signal;
const provider = { provider: "digitalocean", zone: "example.com" };
const domain = "testfarm.example.com";
const line = (type: string) => `${domain}. 300 IN ${type} somewhere`;

const refuse = () => Promise.reject(new Error("This is not asked of it."));

/** Two stacks by their files, which do nothing but note what is asked of them. */
function two(
  settings: Readonly<Record<End, Readonly<Record<string, unknown>>>>,
  records: Readonly<Record<End, Awaited<ReturnType<ManagedStack["records"]>>>>,
) {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-records-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  const all = { tier: "vps", sshPublicKey: "ssh-ed25519 AAAA operator", adminCidrs: ["203.0.113.7/32"] };
  for (const [end, own] of Object.entries(settings)) {
    const config = Object.entries({ ...all, ...own }).map(([name, value]) => [`testfarm:${name}`, value]);
    writeFileSync(join(directory, `Pulumi.${end}.yaml`), stringify({ config: Object.fromEntries(config) }));
  }
  const asked: string[] = [];
  const stack = (end: End): Promise<ManagedStack> =>
    Promise.resolve({
      async set(values) {
        for (const [name, value] of Object.entries(values)) asked.push(`${end} ${name} ${value}`);
      },
      upRecords: async () => void asked.push(`${end} up`),
      records: async () => records[end],
      unset: refuse,
      up: refuse,
      unprotect: refuse,
      destroy: refuse,
      remove: refuse,
    });
  const [from, to] = ["source", "target"];
  const configOf = (name: string) =>
    parseConfig(readStackFile(join(directory, `Pulumi.${name}.yaml`), "testfarm"));
  const recordsTtl = sharedTtl(configOf(from), configOf(to));
  const plan = makePlan({ from, to, path: "OFFLINE", reasons: [], recordsTtl });
  const note = (text: string) => void asked.push(text);
  const project = { directory, name: "testfarm", main: "" };
  return { asked, records: sharedRecords({ project, plan, stack, note }) };
}

const made = (...types: string[]) => ({ made: types, byHand: "" });
const byHand = (type: string) => ({ made: [], byHand: line(type) });
const withDns = { domain, dns: provider };

test("stacks of two domains have nothing to switch", async () => {
  const { records, asked } = two(
    { source: withDns, target: { ...withDns, domain: "other.example.com" } },
    { source: made("A"), target: made("A") },
  );
  await records.standBy(true);
  expect(await records.lead("target", signal)).toEqual({ skipped: "the two have no domain in common" });
  expect([records.areShared, asked]).toEqual([false, []]);
});

test("the target stands by, and the source's records are kept for a minute only", async () => {
  const { records, asked } = two(
    { source: withDns, target: withDns },
    { source: made("A"), target: byHand("A") },
  );
  expect(await records.lowerTtl(signal)).toEqual({ ttl: 60, at: expect.any(String), kept: 300 });
  await records.standBy(true);
  expect(asked).toEqual(["source dns.ttl 60", "source up", "target dns.standby true"]);
});

test("whoever is led back keeps the source's records for as long as before", async () => {
  const { records, asked } = two(
    { source: { domain, dns: { ...provider, ttl: 1800 } }, target: withDns },
    { source: made("A"), target: byHand("A") },
  );
  await records.lowerTtl(signal);
  // Killed after it was written, and before it was made.
  await records.lowerTtl(signal);
  expect(await records.restoreTtl(signal)).toEqual({ ttl: 1800 });
  const lowered = ["source dns.ttl 60", "source up"];
  expect(asked).toEqual([...lowered, ...lowered, "source dns.ttl 1800", "source up"]);
});

test("records that are short-lived, or made by hand, are left as they are", async () => {
  const short = { domain, dns: { ...provider, ttl: 60 } };
  const sides = { source: made("A"), target: byHand("A") };
  const { records, asked } = two({ source: short, target: withDns }, sides);
  expect(await records.lowerTtl(signal)).toEqual({ skipped: "its records are kept for 60 s already" });
  expect(await records.restoreTtl(signal)).toEqual({ skipped: "its records are kept for 60 s already" });
  const hands = two({ source: { domain }, target: withDns }, sides);
  expect(await hands.records.lowerTtl(signal)).toMatchObject({ skipped: expect.stringContaining("by hand") });
  expect([asked, hands.asked]).toEqual([[], []]);
});

const target = ["target dns.standby false", "target up"];
const source = ["source dns.standby true", "source up"];

test.for([
  ["an address beside an address first", made("A"), byHand("A"), [...target, ...source]],
  ["an alias only once the address is gone", made("A"), byHand("CNAME"), [...source, ...target]],
  ["an address only once the alias is gone", made("CNAME"), byHand("A"), [...source, ...target]],
  ["what is not known once the other is gone", made("A"), made(), [...source, ...target]],
] as const)("people are led to the target by %s", async ([, ofSource, ofTarget, wanted]) => {
  const { records, asked } = two(
    { source: withDns, target: withDns },
    { source: ofSource, target: ofTarget },
  );
  expect(await records.lead("target", signal)).toEqual({ domain, records: "made" });
  expect(asked).toEqual(wanted);
});

test("the way back is the same with the sides changed", async () => {
  const { records, asked } = two(
    { source: withDns, target: withDns },
    { source: byHand("A"), target: made("A") },
  );
  await records.lead("source", signal);
  expect(asked).toEqual(["source dns.standby false", "source up", "target dns.standby true", "target up"]);
});

test("who makes the target's records by hand is told which, and the source's go", async () => {
  const { records, asked } = two(
    { source: withDns, target: { domain } },
    { source: made("A"), target: byHand("A") },
  );
  expect(await records.lead("target", signal)).toEqual({ domain, records: "by hand" });
  expect(asked).toEqual([`Make these records now:\n${line("A")}`, ...source]);
});
