import { describe, expect, test } from "vitest";
import { hosts } from "../../../components/host/index.ts";
import { cloudInit } from "../../../components/host/prepare/cloud-init.ts";
import { type HostArgs, hostLayout } from "../../../infra/contracts/host.ts";
import type { Provider } from "../../../infra/hosts/index.ts";
import { place, type Placement } from "../../../infra/hosts/placement.ts";
import { type RecordedResource, type Recording, type Response, Secret } from "../../../infra/plan/record.ts";
import { canariesInClear, recordProgram } from "../../../infra/testing/index.ts";
import { allowedIn } from "./firewalls.ts";

const sshPublicKey = `ssh-ed25519 ${"A".repeat(68)} operator`;
const adminCidrs = ["198.18.7.7/32", "2001:db8:7::/48"];
const address = "198.18.0.1";
const everywhere = ["0.0.0.0/0", "::/0"];

/** Each provider has a name of its own for the address; of a key's content, its id or fingerprint tells. */
function respond({ inputs }: Pick<RecordedResource, "inputs">): Response {
  const key = inputs["publicKey"] ?? inputs["sshKey"];
  const id = typeof key === "string" ? `key ${key}` : "4711";
  const publicKey = "ssh-ed25519 FIRST";
  return { id, state: { ipAddress: address, subnet: address, address, fingerprint: id, publicKey } };
}

const parts = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
const named = (recording: Recording, name: string): RecordedResource => {
  const [found, ...others] = parts(recording).filter((resource) => resource.name === name);
  if (found && others.length === 0) return found;
  throw new Error(`expected one part named ${name}; there are ${parts(recording).map((each) => each.name)}`);
};
const holds = ({ inputs }: RecordedResource, text: string): boolean =>
  textsIn(inputs).some((each) => each === text || decoded(each) === text);

/** Names of all that a part waits for. */
function needs(recording: Recording, { dependsOn }: RecordedResource): string[] {
  return dependsOn.flatMap((key) => {
    const found = parts(recording).find((each) => each.key === key);
    return found ? [found.name, ...needs(recording, found)] : [];
  });
}

const withoutTrigger = (resource: RecordedResource): object => ({ ...resource, replacementTrigger: "any" });
const keys = ({ resources }: Recording): string[] => resources.map(({ key }) => key).toSorted();

/** What every provider of a server has to be; a new one is one more row of the table. */
describe.each(Object.entries(hosts))("a server at %s", (provider, open) => {
  const placement = place({ provider: provider as Provider, near: "new-york", size: "medium" }) as Placement;
  const args: HostArgs = { label: "testfarm-mvp", ...placement, volumeGb: 25, adminCidrs, sshPublicKey };

  const start = (change: Partial<HostArgs> = {}, preview = false): Promise<Recording> =>
    recordProgram(
      async () => {
        const host = await open("host", { ...args, ...change });
        return { address: host.address, user: host.user, dataDirectory: host.dataDirectory };
      },
      { preview, respond },
    );

  test("has an address, an account for the engine, and a place for data", async () => {
    expect((await start()).outputs).toEqual({
      address,
      user: hostLayout.user,
      dataDirectory: hostLayout.dataDirectory,
    });
  });

  test("is one component, whose parts have its name and are its children", async () => {
    const recording = await start();
    const components = recording.resources.filter(({ type }) => type.startsWith("testfarm:host:"));
    expect(components).toHaveLength(1);
    expect(parts(recording).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["host", "host-firewall", "host-ip", "host-ready", "host-volume"]),
    );
    for (const { name, parent } of parts(recording)) {
      expect(name).toMatch(/^host(-|$)/);
      expect(name).not.toContain("::");
      expect(parent).toBe(components[0]?.key);
    }
  });

  test("has the size, the region, the key and cloud-init that it was asked for", async () => {
    const server = named(await start(), "host");
    expect(holds(server, placement.size)).toBe(true);
    expect(holds(server, placement.region)).toBe(true);
    expect(holds(server, cloudInit(sshPublicKey))).toBe(true);
    expect(textsIn(server.inputs)).toContain("testfarm-mvp");
  });

  test("has a volume of the size that it was asked for, which nobody formats but the server", async () => {
    const { inputs } = named(await start(), "host-volume");
    expect(Object.values(inputs)).toContain(25);
    const label = inputs["initialFilesystemLabel"] ?? hostLayout.volumeLabel;
    expect(label).toBe(hostLayout.volumeLabel);
    expect(inputs).not.toHaveProperty("format");
    expect(inputs).not.toHaveProperty("automount");
  });

  test("lets SSH in from the operators, the page and ICMP from everywhere, and nothing else", async () => {
    const allowed = allowedIn(parts(await start()), provider as Provider);
    expect(allowed).toEqual([
      { protocol: "icmp", port: "", sources: everywhere },
      { protocol: "tcp", port: "22", sources: adminCidrs },
      { protocol: "tcp", port: "443", sources: everywhere },
      { protocol: "tcp", port: "80", sources: everywhere },
      { protocol: "udp", port: "443", sources: everywhere },
    ]);
  });

  test("opens nothing to IPv6 where the operators have no such range", async () => {
    const allowed = allowedIn(parts(await start({ adminCidrs: ["198.18.7.7/32"] })), provider as Provider);
    expect(allowed.find(({ port }) => port === "22")?.sources).toEqual(["198.18.7.7/32"]);
  });

  test("has its firewall tied to it", async () => {
    const recording = await start();
    const [server, firewall] = [named(recording, "host"), named(recording, "host-firewall")];
    const tied = [...Object.values(server.dataFlow), ...Object.values(firewall.dataFlow)].flat();
    expect(tied.some((key) => key === server.key || key === firewall.key)).toBe(true);
  });

  test("keeps address and volume: they are protected and left by destroy, and nothing else is", async () => {
    const recording = await start();
    const names = (option: "protect" | "retainOnDelete") =>
      parts(recording)
        .filter((resource) => resource[option])
        .map(({ name }) => name)
        .toSorted();
    expect(names("protect")).toEqual(["host-ip", "host-volume"]);
    expect(names("retainOnDelete")).toEqual(["host-ip", "host-volume"]);
  });

  test("keeps nothing when it is ephemeral, at the provider neither", async () => {
    const recording = await start({ ephemeral: true });
    for (const { protect, retainOnDelete, inputs } of parts(recording)) {
      expect({ protect, retainOnDelete }).toEqual({ protect: false, retainOnDelete: false });
      expect(inputs["deleteProtection"] ?? false).toBe(false);
    }
  });

  test("is replaced by another word for rebuild, the server and nothing else", async () => {
    const triggers = async (change: Partial<HostArgs>) =>
      parts(await start(change))
        .filter((resource) => "replacementTrigger" in resource)
        .map(({ name, replacementTrigger }) => ({ name, replacementTrigger }));
    expect(await triggers({ rebuild: "2026-11-25" })).toEqual([
      { name: "host", replacementTrigger: "2026-11-25" },
    ]);
    // An absent one would be no trigger, and a first word after it no change.
    expect(await triggers({})).toEqual([{ name: "host", replacementTrigger: "" }]);
    const [before, after] = [await start({ rebuild: "a" }), await start({ rebuild: "b" })];
    expect(parts(after).map(withoutTrigger)).toEqual(parts(before).map(withoutTrigger));
  });

  test("goes before its replacement comes, and is the only part that has to", async () => {
    const first = parts(await start()).filter(({ deleteBeforeReplace }) => deleteBeforeReplace);
    expect(first.map(({ name }) => name)).toEqual(["host"]);
  });

  test("is not replaced by another image, key or cloud-init", async () => {
    const server = named(await start(), "host");
    const changed = named(await start({ sshPublicKey: `ssh-ed25519 ${"B".repeat(68)} operator` }), "host");
    const different = Object.keys(server.inputs).filter(
      (input) => JSON.stringify(server.inputs[input]) !== JSON.stringify(changed.inputs[input]),
    );
    expect(different).not.toEqual([]);
    expect(server.ignoreChanges).toEqual(expect.arrayContaining(different));
    expect(server.ignoreChanges.filter((input) => !(input in server.inputs))).toEqual([]);
    expect(server.ignoreChanges.some((input) => /^(image|osId)$/.test(input))).toBe(true);
  });

  test("meets the protection of its address before anything happens to it, when the region changes", async () => {
    const recording = await start();
    const [server, ip, volume] = ["host", "host-ip", "host-volume"].map((name) => named(recording, name));
    expect(holds(ip!, placement.region)).toBe(true);
    expect(holds(volume!, placement.region)).toBe(true);
    expect(server!.dependsOn).toContain(ip!.key);
  });

  test("is ready once it is reached at its address with the disk attached", async () => {
    const recording = await start();
    const ready = named(recording, "host-ready");
    expect(ready.inputs["create"]).toContain(`${hostLayout.user}@${address}`);
    expect(ready.inputs["triggers"]).toEqual(["4711"]);
    const needed = needs(recording, ready);
    expect(needed).toEqual(expect.arrayContaining(["host", "host-firewall", "host-ip", "host-volume"]));
    const attachments = parts(recording).filter(({ name }) => name.endsWith("-attachment"));
    expect(needed).toEqual(expect.arrayContaining(attachments.map(({ name }) => name)));
  });

  test("is known by the key of its first contact, or by the one that was named", async () => {
    const asked = await start();
    expect(named(asked, "host-host-key").inputs).toEqual({ address, serverId: "4711", patience: 300 });
    expect(named(asked, "host-ready").inputs["create"]).toContain(`echo ${address} ssh-ed25519 FIRST'`);
    const told = await start({ hostKey: "ssh-ed25519 NAMED" });
    expect(parts(told).map(({ name }) => name)).not.toContain("host-host-key");
    expect(named(told, "host-ready").inputs["create"]).toContain(`echo ${address} ssh-ed25519 NAMED'`);
  });

  test("holds no secret, and puts none in clear", async () => {
    const recording = await start();
    const inputs = parts(recording).flatMap((resource) => Object.values(resource.inputs));
    expect(inputs.filter((input) => input instanceof Secret)).toEqual([]);
    expect(canariesInClear(recording, ["PRIVATE KEY"])).toEqual([]);
  });

  test("is the same in a preview", async () => {
    expect(keys(await start({}, true))).toEqual(keys(await start()));
  });
});

/** Every text in a value, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(textsIn);
}

const decoded = (text: string): string => Buffer.from(text, "base64").toString();
