import { expect, test } from "vitest";
import { prepareLog } from "../../../../components/host/prepare/cloud-init.ts";
import { booted, type Booted } from "../../../support/docker/booted.ts";
import { describeWith } from "../../../support/services.ts";
import { config, written } from "./files.ts";

const minutes = 60_000;

/** What must not differ after a second time: rules, the engine's process, and the filesystem. */
const state = `nft --handle list ruleset
systemctl show --property MainPID docker.service
findmnt --noheadings --output UUID,OPTIONS /srv/testfarm`;
const units = "testfarm-firewall.service srv-testfarm.mount docker.service";
/** What cloud-init runs, and why it failed. */
const prepare = `${config.runcmd[0]!.at(-1)} || { cat ${prepareLog}; exit 1; }`;
/** `active` or what else it is, for each of them. */
const states = async ({ run }: Booted) =>
  (await run(`systemctl is-active ${units} || true`)).trim().split("\n");

/** One server, from its first start on: each test goes on where the one before it ended. */
await describeWith(booted, "a server with systemd", (open) => {
  let server: Booted;

  test("is prepared, and the engine runs as it should", { timeout: 5 * minutes }, async () => {
    server = await open();
    const files = config.write_files.map(
      ({ path, content, permissions }) => [path, content, permissions] as const,
    );
    await server.add(await written(Object.fromEntries(files.map(([path, content]) => [path, content]))));
    for (const [path, , permissions] of files) await server.run(`chmod ${permissions} ${path}`);
    await server.run(prepare);
    expect(await states(server)).toEqual(["active", "active", "active"]);
    expect(await server.run("stat --format '%a %u %n' /srv/testfarm/[a-km-z]*")).toBe(
      ["700 10001 backup", "700 0 caddy", "700 999 postgres", "700 999 redis", "700 10001 storage", ""]
        .join("\n")
        .replaceAll(/(\w+)$/gm, "/srv/testfarm/$1"),
    );
    expect(await server.run("docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}'")).toBe(
      "true json-file\n",
    );
  });

  test("is the same after it was prepared again", { timeout: minutes }, async () => {
    const before = await server.run(state);
    await server.run(prepare);
    expect(await server.run(state)).toBe(before);
  });

  test(
    "keeps its rules, and does not load them again, when the engine restarts",
    { timeout: minutes },
    async () => {
      // Whatever is loaded again has other handles.
      const list = "nft --handle list table inet testfarm";
      const before = await server.run(list);
      await server.run("systemctl restart docker.service");
      expect(await server.run(list)).toBe(before);
    },
  );

  test("has its rules before its network, and its engine after both", { timeout: 2 * minutes }, async () => {
    await server.reboot();
    expect(await states(server)).toEqual(["active", "active", "active"]);
    const order = ["testfarm-firewall.service", "network-pre.target", "docker.service"];
    const since = await Promise.all(
      order.map(async (unit) =>
        Number(await server.run(`systemctl show --value --property ActiveEnterTimestampMonotonic ${unit}`)),
      ),
    );
    expect(since).toEqual(since.toSorted((a, b) => a - b));
    expect(since).not.toContain(0);
  });

  test("has no engine while another service has flushed all rules", { timeout: minutes }, async () => {
    await server.run("systemctl start nftables.service");
    expect(await states(server)).toEqual(["inactive", "active", "inactive"]);
    await server.run("systemctl start docker.service");
    expect(await states(server)).toEqual(["active", "active", "active"]);
    expect(await server.run("nft list tables")).toContain("table inet testfarm\n");
  });

  test("starts no engine when the rules cannot be loaded", { timeout: 2 * minutes }, async () => {
    await server.run("echo 'table inet testfarm { nonsense }' > /etc/nftables/testfarm.nft");
    await server.reboot();
    expect(await states(server)).toEqual(["failed", "active", "inactive"]);
    await expect(server.run("systemctl start docker.service")).rejects.toThrow("A dependency job");
  });
});
