import { afterAll, beforeAll, expect, test } from "vitest";
import { records } from "../../infra/promotion/stacks/stack.ts";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { openStack } from "./stack.ts";

const minute = 60_000;

const isRecord = (each: string) => each.startsWith("digitalocean:index/dnsRecord:DnsRecord ");

// One life of a stack, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "a domain that two stacks name", (cli) => {
  const stack = openStack(cli);
  const { change, configure, world, succeed } = stack;
  const standBy = (standby: boolean) =>
    configure({
      domain: "testfarm.example.com",
      dns: { provider: "digitalocean", zone: "example.com", ttl: 60, standby },
    });
  const found = () => world.things().map(({ type, id }) => `${type} ${id}`);
  const outputs = async () =>
    JSON.parse(await succeed("stack", "output", "--json", "--show-secrets")) as Record<string, string>;
  let others: string[];

  beforeAll(async () => {
    standBy(true);
    await stack.open();
  }, minute);
  afterAll(() => stack.end());

  test(
    "has no record of the stack on standby, which says what it would be",
    { timeout: 5 * minute },
    async () => {
      await change("up");
      others = found();
      expect(others.filter(isRecord)).toEqual([]);
      expect((await outputs())["DNS_RECORDS"]).toMatch(/^testfarm\.example\.com\. 60 IN A /);
    },
  );

  test(
    "is led to it, away again and back, and nothing else is changed",
    { timeout: 5 * minute },
    async () => {
      for (const standby of [false, true, false]) {
        standBy(standby);
        await change("up", "--target", records);
        expect(found().filter(isRecord)).toHaveLength(standby ? 0 : 1);
        expect(found().filter((each) => !isRecord(each))).toEqual(others);
      }
      expect(await change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
    },
  );
});
