import { beforeEach, expect, test } from "vitest";
import { machines, type Machine } from "../../../support/disks.ts";
import { describeWith } from "../../../support/services.ts";
import { contentOf } from "./files.ts";

const script = contentOf("/usr/local/sbin/testfarm-disk");
const nothingFound = "neither a disk labelled testfarm nor an empty one of 10 GB or more";

await describeWith(machines, "the search for the data disk", (open) => {
  let machine: Machine;
  beforeEach(async () => {
    machine = await open();
  });
  const search = (patience = "0") => machine.run(script, patience);
  const labelOf = async (device: string) =>
    (await machine.run(`blkid --output value --match-tag LABEL ${device}`)).said.trim();

  test("makes a labelled ext4 on the one empty disk, and keeps a hundredth of it for root", async () => {
    const device = await machine.plug(12);
    expect(await search()).toEqual({ code: 0, said: "" });
    expect(await labelOf(device)).toBe("testfarm");
    const { said } = await machine.run(`dumpe2fs -h ${device}`);
    const [blocks, reserved] = ["Block count", "Reserved block count"].map((each) =>
      Number(new RegExp(`^${each}: +(\\d+)$`, "m").exec(said)?.[1]),
    );
    expect(reserved! / blocks!).toBeCloseTo(0.01, 4);
  });

  test("writes nothing the second time", async () => {
    const device = await machine.plug(12);
    await search();
    const content = await machine.contentOf(device);
    expect(await search()).toEqual({ code: 0, said: "" });
    expect(await machine.contentOf(device)).toBe(content);
  });

  test("takes the disk that has the label, and leaves an empty one empty", async () => {
    const labelled = await machine.plug(1);
    await machine.run(`mkfs.ext4 -q -L testfarm ${labelled}`);
    const devices = [labelled, await machine.plug(12)];
    const contents = await Promise.all(devices.map(machine.contentOf));
    expect(await search()).toEqual({ code: 0, said: "" });
    expect(await Promise.all(devices.map(machine.contentOf))).toEqual(contents);
  });

  test.each([
    ["a filesystem of another label", "mkfs.ext4 -q -L backup $1"],
    ["swap", "mkswap --quiet $1"],
    ["a partition table", "echo ',,' | sfdisk --quiet --no-reread $1"],
    ["what nobody knows", "echo ledger | dd of=$1 conv=notrunc status=none"],
  ])("never writes to a disk that holds %s", async (_, fill) => {
    const device = await machine.plug(12);
    expect(await machine.run(fill, device)).toMatchObject({ code: 0 });
    const content = await machine.contentOf(device);
    const { code, said } = await search();
    expect([code, await machine.contentOf(device)]).toEqual([1, content]);
    expect(said).toContain(nothingFound);
    expect(said).toContain(device.slice("/dev/".length));
  });

  test("never writes to a disk whose partitions are in use, though their table is gone", async () => {
    const device = await machine.plug(12);
    const wiped = `echo ',,' | sfdisk --quiet --no-reread $1 && partx --add $1 && dd if=/dev/zero of=$1 bs=1M count=1 status=none`;
    expect(await machine.run(wiped, device)).toMatchObject({ code: 0 });
    try {
      const content = await machine.contentOf(device);
      expect(await search()).toMatchObject({ code: 1, said: expect.stringContaining(nothingFound) });
      expect(await machine.contentOf(device)).toBe(content);
    } finally {
      await machine.run("partx --delete $1", device);
    }
  });

  test("never writes to a disk that is mounted, though its filesystem has lost its beginning", async () => {
    const device = await machine.plug(12);
    const wiped = "mkfs.ext4 -q $1 && mount -o ro $1 /mnt && dd if=/dev/zero of=$1 bs=1M count=1 status=none";
    expect(await machine.run(wiped, device)).toMatchObject({ code: 0 });
    const { code, said } = await search();
    expect(code).not.toBe(0);
    expect(said).toContain("is mounted; will not make a filesystem here!");
    expect(await labelOf(device)).toBe("");
  });

  test("never writes to a disk of which it cannot tell what it holds", async () => {
    await machine.plug(12);
    const { code, said } = await machine.run(`wipefs() { return 1; }\n${script}`, "0");
    expect([code, said]).toEqual([1, expect.stringContaining(nothingFound)]);
  });

  test("takes none of two empty disks, and names them", async () => {
    const devices = [await machine.plug(12), await machine.plug(12)];
    const contents = await Promise.all(devices.map(machine.contentOf));
    const { code, said } = await search();
    expect(code).toBe(1);
    expect(said).toContain(`${devices.toSorted().join(" ")} are all empty`);
    expect(await Promise.all(devices.map(machine.contentOf))).toEqual(contents);
  });

  test.each([
    ["too small for a volume", 9, undefined],
    ["read-only", 12, "--read-only"],
  ] as const)("does not take a disk that is %s", async (_, gigabytes, mode) => {
    await machine.plug(gigabytes, mode);
    expect(await search()).toMatchObject({ code: 1, said: expect.stringContaining(nothingFound) });
  });

  test("waits for a disk that is attached later", async () => {
    const searching = search("15");
    const device = await machine.plug(12);
    expect(await searching).toEqual({ code: 0, said: "" });
    expect(await labelOf(device)).toBe("testfarm");
  });
});
