import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { atEnd } from "./at-end.ts";
import { findOrInstall, orInstall } from "./debian.ts";
import { asRoot } from "./docker/engine.ts";
import { unshare } from "./namespaces.ts";
import { rootCan, tryAsRoot, type Ran } from "./root.ts";
import type { Service } from "./services.ts";

/** A machine that has no disks but those plugged in: for all that runs there, those of this machine do not exist. */
export interface Machine {
  /**
   * Plugs in a disk full of zeros: a loop device over a file of which only what is written takes room.
   *
   * @param gigabytes of 2^30 bytes.
   * @returns `/dev/loop3`.
   */
  readonly plug: (gigabytes: number, mode?: "--read-only") => Promise<string>;
  /** Runs a script of sh as root. That it fails is an answer. */
  readonly run: (script: string, ...args: string[]) => Promise<Ran>;
  /** Equal while nothing is written: a hash of how a disk begins, and how much of it was ever written. */
  readonly contentOf: (device: string) => Promise<string>;
}

const packages = { "mkfs.ext4": "e2fsprogs", sfdisk: "fdisk" };

/** The kernel's loop devices; they are detached at the end of the file. */
export const machines: Service<() => Promise<Machine>> = {
  name: "loop device",
  needs: `Root is needed, a kernel with them, and two packages. ${orInstall(Object.values(packages).join(" "))}`,
  async find() {
    for (const [program, name] of Object.entries(packages))
      if ((await findOrInstall(program, name)) === undefined) return undefined;
    return (await rootCan("losetup", "--find")) ? open : undefined;
  },
};

/** `lsblk` reads /sys/block, `blkid` /proc/partitions, and what a program would write to has to be in /dev. */
const setUp = (directory: string) => `
mount -t tmpfs tmpfs ${directory}
mkdir ${directory}/dev ${directory}/block
cp -a /dev/null /dev/zero ${directory}/dev
echo "major minor  #blocks  name" > ${directory}/partitions
mount --bind ${directory}/block /sys/block
mount --bind ${directory}/partitions /proc/partitions
mount --bind ${directory}/dev /dev
mount -t tmpfs tmpfs /run`;

async function open(): Promise<Machine> {
  const files = await mkdtemp(join(tmpdir(), "testfarm-disks-"));
  atEnd(() => rm(files, { recursive: true }));
  const directory = await mkdtemp(join(tmpdir(), "testfarm-machine-"));
  atEnd(() => rm(directory, { recursive: true }));
  const namespaces = await unshare(["mount"], setUp(directory));
  atEnd(namespaces.close);

  const run: Machine["run"] = (script, ...args) =>
    tryAsRoot(...namespaces.enter("sh", "-c", script, "script", ...args));
  const fileOf = new Map<string, string>();
  return {
    run,
    async plug(gigabytes, mode) {
      const file = join(files, String(fileOf.size));
      await writeFile(file, "");
      await truncate(file, gigabytes * 1024 ** 3);
      const options = mode === undefined ? [] : [mode];
      const device = (await asRoot("losetup", "--find", "--show", ...options, file)).trim();
      fileOf.set(device, file);
      atEnd(() => asRoot("losetup", "--detach", device));
      const name = basename(device);
      const plugged = await run(`set -e
        number=$(cat /sys/devices/virtual/block/${name}/dev)
        mknod /dev/${name} b \${number%:*} \${number#*:}
        echo "\${number%:*} \${number#*:} $(($(cat /sys/devices/virtual/block/${name}/size) / 2)) ${name}" >> /proc/partitions
        ln -s /sys/devices/virtual/block/${name} /sys/block/${name}`);
      if (plugged.code !== 0) throw new Error(plugged.said);
      return device;
    },
    async contentOf(device) {
      const { said } = await run(`sync && head -c 4194304 ${device} | sha256sum`);
      return `${said.trim()} ${(await stat(fileOf.get(device)!)).blocks}`;
    },
  };
}
