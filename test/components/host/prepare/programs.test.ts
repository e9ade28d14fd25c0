import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { appArmor } from "../../../support/apparmor.ts";
import { atEnd } from "../../../support/at-end.ts";
import { unshare } from "../../../support/namespaces.ts";
import { cloudInitProgram, shellcheck, sshd, systemdAnalyze } from "../../../support/programs.ts";
import { tryAsRoot } from "../../../support/root.ts";
import { describeWith } from "../../../support/services.ts";
import { config, contentOf, text, written } from "./files.ts";

const run = promisify(execFile);

await describeWith(cloudInitProgram, "cloud-init", (program) => {
  const read = async (content: string) =>
    run(program, ["schema", "--config-file", join(await written({ "user-data": content }), "user-data")]);

  test("accepts the whole by its schema", async () => {
    expect((await read(text)).stdout).toContain("Valid");
  });

  test("would refuse a file without a path", async () => {
    await expect(read(text.replace("path:", "place:"))).rejects.toThrow("'path' is a required property");
  });
});

await describeWith(shellcheck, "shellcheck", (program) => {
  const scripts = config.write_files.filter(({ content }) => content.startsWith("#!"));

  test.each(scripts.map(({ path, content }) => [path, content]))(
    "has nothing to say about %s",
    async (_, content) => {
      const directory = await written({ script: content });
      const complaints = run(program, [join(directory, "script")]).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
      expect(await complaints).toBe("");
    },
  );
});

await describeWith(systemdAnalyze, "systemd", (program) => {
  const folder = "/etc/systemd/system/";
  const units = Object.fromEntries(
    config.write_files
      .filter(({ path }) => path.startsWith(folder))
      .map(({ path, content }) => [path.slice(folder.length), content]),
  );
  /** What it says of the units, with an engine's that has no more than it must. */
  const complaints = async (changed: Readonly<Record<string, string>>): Promise<string> => {
    const engine = { "docker.service": "[Service]\nExecStart=/bin/true\n" };
    const directory = await written({ ...engine, ...changed });
    const names = Object.keys({ ...engine, ...changed }).filter((name) => !name.includes("/"));
    const { stdout, stderr } = await run(program, [
      "verify",
      ...names.map((name) => join(directory, name)),
    ]).catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  };

  test("has nothing to say about the units", async () => {
    expect(Object.keys(units).toSorted()).toEqual([
      "docker.service.d/10-testfarm.conf",
      "srv-testfarm.mount",
      "testfarm-firewall.service",
    ]);
    expect(await complaints(units)).toBe("");
  });

  test("starts no engine where the unit of the firewall is missing", async () => {
    const { "testfarm-firewall.service": _, ...others } = units;
    expect(await complaints(others)).toContain("Unit testfarm-firewall.service not found.");
  });
});

await describeWith(sshd, "sshd", (program) => {
  /** Its settings by Debian's own file, ours, and one of an image that allows passwords. */
  const settings = async (ours: string) => {
    const namespaces = await unshare(["mount"], "mount -t tmpfs tmpfs /run\nmkdir /run/sshd");
    atEnd(namespaces.close);
    const directory = await written({
      "sshd_config.d/10-testfarm.conf": ours,
      "sshd_config.d/50-cloud-init.conf": "PasswordAuthentication yes\n",
    });
    const debian = await readFile("/usr/share/openssh/sshd_config", "utf8");
    const file = join(directory, "sshd_config");
    await writeFile(file, debian.replace("/etc/ssh/sshd_config.d", join(directory, "sshd_config.d")));
    const key = join(directory, "key");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    return tryAsRoot(...namespaces.enter(program, "-T", "-f", file, "-h", key));
  };

  test("lets the operator in, by key, and nobody else", async () => {
    const { code, said } = await settings(contentOf("/etc/ssh/sshd_config.d/10-testfarm.conf"));
    expect([code, said.split("\n")]).toEqual([
      0,
      expect.arrayContaining([
        "allowusers testfarm",
        "passwordauthentication no",
        "kbdinteractiveauthentication no",
        "permitrootlogin no",
        "pubkeyauthentication yes",
        "x11forwarding no",
      ]),
    ]);
  });

  test("would refuse a setting that it does not know", async () => {
    expect((await settings("PermitRootLogin perhaps\n")).said).toContain("unsupported option");
  });
});

await describeWith(appArmor, "AppArmor", (read) => {
  const profile = contentOf("/etc/apparmor.d/testfarm-chromium");

  test("can read the profile for Chromium", async () => {
    await expect(read(join(await written({ profile }), "profile"))).resolves.not.toThrow();
  }, 120_000);

  test("would refuse a rule that it does not know", async () => {
    const broken = profile.replace("userns,", "userspaces,");
    await expect(read(join(await written({ profile: broken }), "profile"))).rejects.toThrow("syntax error");
  });
});
