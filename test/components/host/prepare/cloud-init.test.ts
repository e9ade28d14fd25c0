import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { cloudInit } from "../../../../components/host/prepare/cloud-init.ts";
import { hostLayout } from "../../../../infra/contracts/host.ts";

const key = `ssh-ed25519 ${"A".repeat(68)} operator`;
const text = cloudInit(key);
const config = parse(text) as {
  readonly users: Readonly<Record<string, unknown>>[];
  readonly ssh_pwauth: boolean;
  readonly disable_root: boolean;
  readonly swap: { readonly size: number };
  readonly write_files: { readonly path: string; readonly content: string; readonly permissions: string }[];
  readonly runcmd: string[][];
};
const contentOf = (path: string): string => {
  const file = config.write_files.find((each) => each.path === path);
  if (!file) throw new Error(`${path} is not written`);
  return file.content;
};
const prepare = contentOf("/usr/local/sbin/prepare-testfarm");

test("it is a cloud-config, within the 64 KiB that providers take", () => {
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  expect(Buffer.byteLength(text)).toBeLessThan(65_536);
});

test("the operator's key is all that tells one server from another: there is no place for a secret", () => {
  expect(cloudInit("ssh-ed25519 other")).toBe(text.replaceAll(key, "ssh-ed25519 other"));
});

test("the operator may use the engine and is no administrator; nobody enters by password or as root", () => {
  expect(config.users).toEqual([
    {
      name: "testfarm",
      groups: ["docker"],
      shell: "/bin/bash",
      lock_passwd: true,
      ssh_authorized_keys: [key],
    },
  ]);
  expect([config.ssh_pwauth, config.disable_root]).toEqual([false, true]);
  const ssh = contentOf("/etc/ssh/sshd_config.d/10-testfarm.conf").split("\n");
  expect(ssh).toEqual(
    expect.arrayContaining(["PasswordAuthentication no", "PermitRootLogin no", "AllowUsers testfarm"]),
  );
});

test("the engine bounds its logs, keeps containers while it is updated, and waits for the data disk", () => {
  expect(JSON.parse(contentOf("/etc/docker/daemon.json"))).toMatchObject({
    "live-restore": true,
    "log-opts": { "max-size": "10m", "max-file": "3" },
  });
  expect(contentOf("/etc/systemd/system/docker.service.d/10-data.conf")).toContain(
    "RequiresMountsFor=/srv/testfarm",
  );
  const mount = contentOf("/etc/systemd/system/srv-testfarm.mount");
  expect(mount).toContain("Where=/srv/testfarm\n");
  expect(mount).toContain("Wants=systemd-growfs@srv-testfarm.service\n");
});

test("security updates, swap, and an AppArmor profile for Chromium are there", () => {
  expect(contentOf("/etc/apt/apt.conf.d/52testfarm")).toContain('APT::Periodic::Unattended-Upgrade "1";');
  expect(config.swap.size).toBe(2 * 1024 ** 3);
  expect(contentOf(`/etc/apparmor.d/${hostLayout.chromiumProfile}`)).toMatch(
    /profile testfarm-chromium [^{]*\{[^}]*\n {2}userns,\n/,
  );
});

test("each directory of the data disk belongs to the user of its container", () => {
  const made = prepare.match(/^install -d .*$/gm);
  expect(made).toEqual([
    "install -d -m 0700 -o 999 -g 999 /srv/testfarm/postgres",
    "install -d -m 0700 -o 999 -g 999 /srv/testfarm/redis",
    "install -d -m 0700 -o 10001 -g 10001 /srv/testfarm/storage",
    "install -d -m 0700 -o 0 -g 0 /srv/testfarm/caddy",
  ]);
});

test("what has an order is one script that a shell can read, and it is run", () => {
  expect(config.runcmd).toEqual([["/usr/local/sbin/prepare-testfarm"]]);
  expect(() => execFileSync("sh", ["-n"], { input: prepare })).not.toThrow();
  const steps = ["systemctl enable --now srv-testfarm.mount", "install -d", "apt-get install"];
  const places = steps.map((step) => prepare.indexOf(step));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});
