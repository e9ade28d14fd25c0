import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOrInstall } from "../debian.ts";
import { asRoot, type Docker } from "./engine.ts";

export type Release = "bookworm" | "trixie";

const mirror = "http://deb.debian.org";

const files = (release: Release): Readonly<Record<string, string>> => ({
  "etc/apt/sources.list": [
    `deb ${mirror}/debian ${release} main`,
    `deb ${mirror}/debian ${release}-updates main`,
    `deb ${mirror}/debian-security ${release}-security main`,
    "",
  ].join("\n"),
  // No package starts its service, and none brings what only people read.
  "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
  "etc/dpkg/dpkg.cfg.d/slim":
    ["doc", "info", "locale", "man"].map((each) => `path-exclude /usr/share/${each}/*\n`).join("") +
    "force-unsafe-io\n",
});

/** Makes a Debian with nothing but apt, as the official images are made, and gives it to the engine under `name`. */
export async function importDebian(docker: Docker, release: Release, name: string): Promise<void> {
  const debootstrap = await findOrInstall("debootstrap", "debootstrap");
  if (debootstrap === undefined) throw new Error("Without debootstrap there is no base image to be made.");
  const work = await mkdtemp(join(tmpdir(), "testfarm-debian-"));
  const [tree, extra, archive] = [join(work, "tree"), join(work, "extra"), join(work, "image.tar")];
  try {
    for (const [path, content] of Object.entries(files(release))) {
      await mkdir(join(extra, path, ".."), { recursive: true });
      await writeFile(join(extra, path), content, { mode: path.startsWith("usr/sbin/") ? 0o755 : 0o644 });
    }
    await asRoot(debootstrap, "--variant=minbase", release, tree, `${mirror}/debian`);
    await asRoot("cp", "-r", `${extra}/.`, tree);
    await asRoot("sh", "-c", `rm -rf ${tree}/var/cache/apt/*.bin ${tree}/var/cache/apt/archives/*.deb`);
    await asRoot(
      "sh",
      "-c",
      `rm -rf ${tree}/var/lib/apt/lists/* ${tree}/usr/share/doc/* ${tree}/usr/share/man/*`,
    );
    await asRoot("tar", "-C", tree, "-cf", archive, ".");
    await docker("import", "--change", 'CMD ["bash"]', archive, name);
  } finally {
    await asRoot("rm", "-rf", work);
  }
}
