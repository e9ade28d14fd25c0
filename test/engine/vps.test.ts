import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Provider } from "../../infra/hosts/index.ts";
import { describeWith } from "../support/services.ts";
import type { Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";
import { openStack, urnsOf } from "./stack.ts";
import type { Trouble } from "./stand-in/trouble.ts";

const minute = 60_000;
/** Four lives at once beside the rest of a run, on two cores. */
const patience = 10 * minute;
const up = ["up", "--yes", "--skip-preview"];
const container = "docker:index/container:Container";

interface Case {
  readonly provider: Provider;
  readonly server: string;
  readonly volume: string;
  readonly address: string;
  /** What is at one server only, and goes with it. */
  readonly ties: readonly string[];
  readonly otherRegion: string;
  /** What the vendor says to a smaller server. Absent: it makes one smaller in place. */
  readonly refusesSmaller?: RegExp;
  /** What goes wrong in the first `up`, and what is then said. */
  readonly trouble: Trouble;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    provider: "digitalocean",
    server: "digitalocean:index/droplet:Droplet",
    volume: "digitalocean:index/volume:Volume",
    address: "digitalocean:index/reservedIp:ReservedIp",
    ties: [
      "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
      "digitalocean:index/volumeAttachment:VolumeAttachment",
    ],
    otherRegion: "ams3",
    trouble: {
      type: "digitalocean:index/droplet:Droplet",
      call: "create",
      how: { refused: "POST https://api.digitalocean.com/v2/droplets: 503 Service Unavailable" },
    },
    says: /503 Service Unavailable/,
  },
  {
    provider: "hetzner",
    server: "hcloud:index/server:Server",
    volume: "hcloud:index/volume:Volume",
    address: "hcloud:index/primaryIp:PrimaryIp",
    ties: ["hcloud:index/volumeAttachment:VolumeAttachment"],
    otherRegion: "fsn1",
    trouble: { type: "hcloud:index/server:Server", call: "create", how: { late: minute } },
    says: /host creating/,
  },
  {
    provider: "vultr",
    server: "vultr:index/instance:Instance",
    volume: "vultr:index/blockStorage:BlockStorage",
    address: "vultr:index/reservedIp:ReservedIp",
    ties: [],
    otherRegion: "fra",
    refusesSmaller: /400 Invalid plan: vc2-2c-4gb is smaller than vc2-4c-8gb/,
    trouble: {
      type: "vultr:index/instance:Instance",
      call: "create",
      how: { incomplete: "error while waiting for the instance to be active" },
    },
    says: /error while waiting for the instance to be active/,
  },
  {
    provider: "linode",
    server: "linode:index/instance:Instance",
    volume: "linode:index/volume:Volume",
    address: "linode:index/networkingIp:NetworkingIp",
    ties: [],
    otherRegion: "fr-par",
    trouble: { type: container, call: "create", nth: 3, how: { refused: "connection reset by peer" } },
    says: /connection reset by peer/,
  },
];

// One life of a server at each provider, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "tier vps on the real engine", (cli) => {
  // Side by side: an engine waits more than it computes.
  describe.concurrent.each(cases)(
    "at $provider",
    ({ provider, server, volume, address, ties, otherRegion, refusesSmaller, ...first }) => {
      const stack = openStack(cli);
      const { world, change, configure, made, run, succeed } = stack;
      const idsOf = (type: string): string[] =>
        world
          .things()
          .filter((thing) => thing.type === type)
          .map(({ id }) => id);
      const ids = (): Set<string> => new Set(world.things().map(({ type, id }) => `${type} ${id}`));
      const isProviders = (type: string): boolean => type.startsWith(`${server.split(":")[0]}:`);
      /** Ties end with their server: Pulumi deletes them nowhere, and this world does not know. */
      const isLasting = ({ type }: { readonly type: string }): boolean =>
        isProviders(type) && !ties.includes(type);
      /** Types of which there is something new. */
      const newSince = (before: ReadonlySet<string>): string[] =>
        [...ids()].filter((each) => !before.has(each)).map((each) => each.split(" ")[0] ?? "");

      /** An `up` that is killed while it waits for the server. */
      const killed = async (): Promise<Run> => {
        const kill = new AbortController();
        const running = run(up, kill.signal);
        // Of all else that was begun it has noted by then what came of it.
        await vi.waitUntil(() => stack.pending().join() === server, { timeout: minute, interval: 100 });
        kill.abort();
        const ended = await running;
        const state = readdirSync(join(stack.directory, "state"), { recursive: true }) as string[];
        // Written in place, they may be cut off.
        expect(state.filter((file) => file.endsWith(".attrs"))).toEqual([]);
        await succeed("cancel", "--yes");
        expect((await run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"])).code).toBe(0);
        return ended;
      };

      beforeAll(async () => {
        configure({ provider });
        await stack.open();
      }, minute);
      afterAll(() => stack.end());

      test.sequential(
        "a failure in the middle is told, and up again makes the rest",
        { timeout: patience },
        async () => {
          world.expect(first.trouble);
          const { code, stdout } = await ("late" in first.trouble.how ? killed() : run(up));
          expect(stdout).toMatch(first.says);
          expect(code).not.toBe(0);
          const before = ids();
          await change("up");
          expect(urnsOf(world.things())).toEqual(urnsOf(made()));
          expect(idsOf(server)).toHaveLength(1);
          expect([...ids()]).toEqual(expect.arrayContaining([...before]));
        },
      );

      test.sequential("up again finds all as it was made", { timeout: patience }, async () => {
        expect(await change("up", "--refresh", "--expect-no-changes")).toMatch(/Resources:\s+\d+ unchanged/);
      });

      test.sequential("a larger server and disk are changed in place", { timeout: patience }, async () => {
        const before = ids();
        configure({ size: "medium", volumeGb: 50 });
        const printed = await change("up");
        for (const type of [server, volume])
          expect(printed).toMatch(new RegExp(`~ +${type.replace(/\/\w+/, "")} .* updated`));
        // Containers share the larger machine anew.
        expect(newSince(before).filter(isProviders)).toEqual([]);
      });

      test
        .runIf(refusesSmaller)
        .sequential(
          "a smaller server is refused in the vendor's words, and stays as it is",
          { timeout: patience },
          async () => {
            configure({ size: "small" });
            const { code, stdout } = await run(up);
            configure({ size: "medium" });
            expect(stdout).toMatch(refusesSmaller!);
            expect(code).not.toBe(0);
            expect(await change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
          },
        );

      test.sequential(
        "what was deleted behind its back is made again, at the same address",
        { timeout: patience },
        async () => {
          const before = ids();
          for (const type of [server, volume]) for (const id of idsOf(type)) world.remove(type, id);
          await change("up", "--refresh");
          expect(newSince(before)).toEqual(expect.arrayContaining([server, volume]));
          expect(newSince(before)).not.toContain(address);
          expect(urnsOf(world.things().filter(isLasting))).toEqual(urnsOf(made().filter(isLasting)));
        },
      );

      test.sequential("rebuild replaces the server and its ties only", { timeout: patience }, async () => {
        const before = ids();
        configure({ rebuild: "again" });
        await change("up");
        expect(newSince(before).filter(isProviders).toSorted()).toEqual([server, ...ties].toSorted());
      });

      test.sequential(
        "another region is refused before anything happens to the server",
        { timeout: patience },
        async () => {
          const before = ids();
          configure({ region: otherRegion });
          const { code, stdout } = await run(up);
          configure({ region: undefined });
          expect(stdout).toMatch(/unable to replace .*\s+as it is currently marked for protection/);
          expect(code).not.toBe(0);
          expect(ids()).toEqual(before);
        },
      );

      test.sequential(
        "destroy --exclude-protected leaves the address, the data and what they need",
        { timeout: patience },
        async () => {
          await change("destroy", "--exclude-protected");
          expect(urnsOf(world.things().filter(isLasting))).toEqual(urnsOf(made().filter(isLasting)));
          const left = made().map(({ type }) => type);
          expect(left).toEqual(expect.arrayContaining([volume, address]));
          expect(left).not.toContain(container);
        },
      );

      test.sequential("destroy of an ephemeral stack leaves nothing", { timeout: patience }, async () => {
        configure({ ephemeral: true });
        await change("up");
        await change("destroy");
        expect(world.things().filter(isLasting)).toEqual([]);
        expect(stack.resources()).toEqual([]);
      });
    },
  );
});
