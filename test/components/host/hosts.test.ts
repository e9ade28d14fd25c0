import { describe, expect, test } from "vitest";
import { hosts } from "../../../components/host/index.ts";
import { hostLayout } from "../../../infra/contracts/host.ts";
import { record, type Recording } from "../../../infra/plan/record.ts";

const args = {
  label: "testfarm-mvp",
  region: "fra1",
  size: "s-2vcpu-4gb",
  volumeGb: 25,
  adminCidrs: ["198.18.7.7/32", "2001:db8:7::/48"],
  sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} operator`,
};

const keys = ({ resources }: Recording): string[] => resources.map(({ key }) => key).toSorted();

/** What every provider of a server has to be; a new one is one more row of the table. */
describe.each(Object.entries(hosts))("a server at %s", (_, open) => {
  const start = (preview = false): Promise<Recording> =>
    record(
      async () => {
        const host = await open("host", args);
        return { address: host.address, user: host.user, dataDirectory: host.dataDirectory };
      },
      {
        project: "testfarm",
        stack: "mvp",
        preview,
        respond: () => ({ id: "4711", state: { ipAddress: "198.18.0.1" } }),
      },
    );

  test("has an address, an account for the engine, and a place for data", async () => {
    expect((await start()).outputs).toEqual({
      address: "198.18.0.1",
      user: hostLayout.user,
      dataDirectory: hostLayout.dataDirectory,
    });
  });

  test("is one component, whose parts have its name and are its children", async () => {
    const { resources } = await start();
    const [component, ...others] = resources.filter(({ type }) => type.startsWith("testfarm:host:"));
    expect(others).toEqual([]);
    const parts = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    expect(parts.length).toBeGreaterThan(5);
    for (const { name, parent } of parts) {
      expect(name).toMatch(/^host(-|$)/);
      expect(parent).toBe(component?.key);
    }
  });

  test("keeps its address and its data: they are protected, and destroy leaves them", async () => {
    const { resources } = await start();
    const kept = resources.filter(({ retainOnDelete }) => retainOnDelete);
    expect(kept.map(({ name }) => name).toSorted()).toEqual(["host-ip", "host-volume"]);
    expect(kept.every((resource) => resource.protect)).toBe(true);
  });

  test("deletes nothing before its replacement stands", async () => {
    const { resources } = await start();
    expect(resources.filter(({ deleteBeforeReplace }) => deleteBeforeReplace)).toEqual([]);
  });

  test("is the same in a preview", async () => {
    expect(keys(await start(true))).toEqual(keys(await start()));
  });
});
