import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { atEnd } from "../../../support/at-end.ts";
import { networks, type Network } from "../../../support/network.ts";
import { askingFrom } from "../../../support/peer.ts";
import { describeWith } from "../../../support/services.ts";
import { contentOf } from "./files.ts";
import { answers, families, layOut, linkLocal, stranger } from "./lab.ts";

const each = Object.keys(families) as (keyof typeof families)[];
const ports = ["tcp 22", "tcp 80", "tcp 443", "udp 443", "tcp 5432", "tcp 6379", "tcp 2375", "udp 53"];
const allowed = ["tcp 22: server", "tcp 80: container", "tcp 443: container", "udp 443: container"];

await describeWith(networks, "the server's own firewall", (open) => {
  let network: Network;
  let rules: string;
  beforeAll(async () => {
    network = await open();
    await layOut(network);
    const directory = await mkdtemp(join(tmpdir(), "testfarm-firewall-"));
    atEnd(() => rm(directory, { recursive: true }));
    rules = join(directory, "testfarm.nft");
    await writeFile(rules, contentOf("/etc/nftables/testfarm.nft"));
  });
  const list = () => network.on("", "nft", "list", "ruleset");
  const load = () => network.on("", "nft", "--file", rules);
  // Each test begins without the rules, to see that it is these that decide.
  afterEach(() => network.try("", "nft", "delete table inet testfarm"));

  test.each(each)("lets SSH and the page in over %s, and nothing else that is published", async (family) => {
    const ask = () => answers(network, "stranger", families[family].server, ports);
    expect(await ask()).toEqual([
      ...allowed,
      "tcp 5432: container",
      "tcp 6379: server",
      "tcp 2375: server",
      "udp 53: server",
    ]);
    await load();
    expect(await ask()).toEqual(allowed);
  });

  test.each(each)("lets nobody use the server as a router to a container over %s", async (family) => {
    const ask = () => answers(network, "stranger", families[family].container, ["tcp 80", "tcp 5432"]);
    expect(await ask()).toEqual(["tcp 80: container", "tcp 5432: container"]);
    await load();
    expect(await ask()).toEqual([]);
  });

  test.each(each)(
    "lets containers into the world over %s, except to the metadata service",
    async (family) => {
      const to = [stranger[family], ...families[family].metadata];
      const ask = async () =>
        (await Promise.all(to.map((address) => answers(network, "container", address, ["tcp 80"])))).flat();
      expect(await ask()).toEqual(to.map(() => "tcp 80: world"));
      await load();
      expect(await ask()).toEqual(["tcp 80: world"]);
    },
  );

  test.each(each)("answers a ping over %s", async (family) => {
    await load();
    await forgetNeighbours(network);
    const { said } = await network.try("stranger", "ping", "-c", "1", "-W", "5", families[family].server);
    expect(said).toContain("1 received");
  });

  test("lets containers use the server, but not by link-local addresses", async () => {
    const ask = async () => [
      ...(await answers(network, "container", "fd18::1", ["tcp 22"])),
      ...(await answers(network, "container", linkLocal, ["tcp 22"])),
    ];
    expect(await ask()).toEqual(["tcp 22: server", "tcp 22: server"]);
    await load();
    await forgetNeighbours(network);
    expect(await ask()).toEqual(["tcp 22: server"]);
  });

  test("lets the answer of a DHCP server in, and no other datagram to that port", async () => {
    await load();
    expect(await answerTo("67", network)).toBe("server\n");
    expect(await answerTo("6767", network)).toBe("");
  });

  test("is the same when it is loaded again, and leaves the engine's rules alone", async () => {
    const engines = await list();
    await load();
    const once = await list();
    await load();
    expect(await list()).toBe(once);
    expect(once).toContain("table inet testfarm");
    expect(once.replace(/table inet testfarm \{[^]*?\n\}\n/, "")).toBe(engines);
  });
});

/** Who has no entry for a neighbour has to find it by what the rules let through. */
async function forgetNeighbours({ on }: Network): Promise<void> {
  for (const machine of ["", "stranger", "container"]) await on(machine, "ip", "neigh", "flush", "all");
}

/** What a datagram to the server's DHCP port is answered, by the port it comes from. */
async function answerTo(from: string, network: Network): Promise<string> {
  const command = ["timeout", "3", process.execPath, "-e", askingFrom, from, families.IPv4.server, "68"];
  return (await network.try("stranger", ...command)).said;
}
