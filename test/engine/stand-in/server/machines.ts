/** Containers of this machine that play the servers of a provider, with their disks, addresses and firewall. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asRoot, type Docker } from "../../../support/docker/engine.ts";
import { serverImage, systemdOptions } from "../../../support/docker/systemd.ts";

export interface ServerArgs {
  readonly name: string;
  /** For cloud-init, which reads it at the first start. */
  readonly userData: string;
  readonly memoryGb: number;
}

export type Machines = ReturnType<typeof openMachines>;

/**
 * @param network a Docker network of this machine: addresses are of it, and all that is made bears its name.
 * @param directory keeps the disks.
 */
export function openMachines(docker: Docker, network: string, directory: string) {
  const disks = join(directory, "disks");
  const nameOf = (server: string): string => `${network}-${server}`;
  const fileOf = (disk: string): string => join(disks, disk);
  const on = (server: string, script: string): Promise<string> =>
    docker("exec", nameOf(server), "sh", "-c", script);
  const devices = async (): Promise<string[]> =>
    existsSync(disks) ? Promise.all((await readdir(disks)).map((disk) => deviceOf(fileOf(disk)))) : [];

  return {
    /** The container behind a server. */
    nameOf,
    /** The filesystem of a disk, as a file. */
    fileOf,

    /** A disk with a filesystem, of which only what is written takes room. */
    async makeDisk(id: string, gigabytes: number, label: string): Promise<void> {
      await mkdir(disks, { recursive: true });
      await writeFile(fileOf(id), "");
      await truncate(fileOf(id), gigabytes * 1024 ** 3);
      await asRoot("mkfs.ext4", "-q", "-L", label, fileOf(id));
      await asRoot("losetup", "--find", fileOf(id));
    },

    async removeDisk(id: string): Promise<void> {
      if (!existsSync(fileOf(id))) return;
      await asRoot("losetup", "--detach", await deviceOf(fileOf(id)));
      await rm(fileOf(id));
    },

    /** @returns its own address, as soon as it has started: cloud-init works from then on. */
    async boot(id: string, { name, userData, memoryGb }: ServerArgs): Promise<string> {
      const image = await serverImage(docker);
      // A disk is attached later, and a container's rights are given once.
      const rules = await Promise.all((await devices()).map(numberOf));
      const options = [
        ...systemdOptions,
        ...rules.map((number) => `--device-cgroup-rule=b ${number} rwm`),
        `--name=${nameOf(id)}`,
        `--hostname=${name}`,
        `--network=${network}`,
        `--memory=${memoryGb}g`,
        `--memory-swap=${memoryGb}g`,
      ];
      await docker("create", ...options, image);
      await putSeed(docker, nameOf(id), { id, name, userData });
      await docker("start", nameOf(id));
      const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
      return (await docker("inspect", "--format", format, nameOf(id))).trim();
    },

    async end(id: string): Promise<void> {
      await docker("rm", "--force", "--volumes", nameOf(id));
    },

    async attach(server: string, disk: string): Promise<void> {
      const device = await deviceOf(fileOf(disk));
      const number = (await numberOf(device)).replace(":", " ");
      await on(server, `mknod ${device} b ${number} && link-label`);
    },

    /** The last address of the network, which the engine gives to no container. */
    async reserveAddress(): Promise<string> {
      const format = "{{(index .IPAM.Config 0).Subnet}}";
      return lastOf((await docker("network", "inspect", "--format", format, network)).trim());
    },

    async assign(server: string, address: string): Promise<void> {
      await on(server, `ip address replace ${address}/32 dev eth0`);
    },

    /** @param ruleset of nftables. */
    async filter(server: string, ruleset: string): Promise<void> {
      await docker("exec", nameOf(server), "nft", ruleset);
    },

    /** Ends whatever is left. */
    async close(): Promise<void> {
      const left = await docker("ps", "--all", "--quiet", "--filter", `network=${network}`);
      const ids = left.split("\n").filter(Boolean);
      if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
      for (const device of await devices()) await asRoot("losetup", "--detach", device);
    },
  };
}

/** Puts cloud-init's data where it looks for them. */
async function putSeed(
  docker: Docker,
  container: string,
  { id, name, userData }: { id: string; name: string; userData: string },
): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), "testfarm-seed-"));
  try {
    const seed = join(tree, "var/lib/cloud/seed/nocloud");
    await mkdir(seed, { recursive: true });
    await writeFile(join(seed, "user-data"), userData);
    await writeFile(join(seed, "meta-data"), JSON.stringify({ "instance-id": id, "local-hostname": name }));
    await docker("cp", `${tree}/.`, `${container}:/`);
  } finally {
    await rm(tree, { recursive: true });
  }
}

/** `/dev/loop3` */
const deviceOf = async (file: string): Promise<string> =>
  (await asRoot("losetup", "--associated", file, "--noheadings", "--output", "NAME")).trim();

/** `7:3` */
async function numberOf(device: string): Promise<string> {
  const { rdev } = await stat(device);
  return `${rdev >> 8}:${rdev & 0xff}`;
}

/** @param subnet `172.18.0.0/16` @returns `172.18.255.254` */
function lastOf(subnet: string): string {
  const [base = "", bits] = subnet.split("/");
  const first = base.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const last = first + 2 ** (32 - Number(bits)) - 2;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join(".");
}
