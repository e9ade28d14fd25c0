import { join } from "node:path";
import { debianImage } from "./base-images.ts";
import type { Docker } from "./engine.ts";

const images = join(import.meta.dirname, "images");

/** A Debian in which systemd starts, with what the preparation of a server installs. @returns its name. */
export async function systemdImage(engine: Docker): Promise<string> {
  const image = "testfarm-systemd:test";
  await build(engine, "systemd", image);
  return image;
}

/** The same with cloud-init, which looks for its data in a directory, and an SSH server. @returns its name. */
export async function serverImage(engine: Docker): Promise<string> {
  const image = "testfarm-server:test";
  await systemdImage(engine);
  await build(engine, "server", image);
  return image;
}

async function build(engine: Docker, recipe: string, tag: string): Promise<void> {
  const argument = `DEBIAN=${await debianImage(engine, "bookworm")}`;
  const options = ["--network", "host", "--build-arg", argument, "--tag", tag];
  await engine("build", ...options, join(images, recipe));
}

const capabilities = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_NICE", "DAC_READ_SEARCH"];

/** Arguments of `docker run` and `docker create`. Not privileged: of the machine's disks it gets none. */
export const systemdOptions = [
  ...capabilities.flatMap((each) => ["--cap-add", each]),
  ...["seccomp=unconfined", "apparmor=unconfined"].flatMap((each) => ["--security-opt", each]),
  ...["/run", "/run/lock", "/sys/fs/cgroup"].flatMap((each) => ["--tmpfs", each]),
  // The engine inside cannot put its layers on those of the container.
  ...["cgroupns=private", "env=container=docker", "mount=type=volume,dst=/var/lib/docker"].map(
    (each) => `--${each}`,
  ),
];
