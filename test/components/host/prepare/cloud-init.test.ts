import { expect, test } from "vitest";
import { cloudInit } from "../../../../components/host/prepare/cloud-init.ts";
import { hostLayout } from "../../../../infra/contracts/host.ts";
import { config, contentOf, key, text } from "./files.ts";

test("it is a cloud-config, within the 16 KiB of the provider that takes least", () => {
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  expect(Buffer.byteLength(text)).toBeLessThan(16_384);
});

test("the operator's key is all that tells one server from another: there is no place for a secret", () => {
  expect(cloudInit("ssh-ed25519 other")).toBe(text.replaceAll(key, "ssh-ed25519 other"));
  expect(text.split(key).length - 1).toBe(1);
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
});

test("the engine bounds its logs, keeps containers while it is updated, and waits for data disk and firewall", () => {
  expect(JSON.parse(contentOf("/etc/docker/daemon.json"))).toMatchObject({
    "live-restore": true,
    "log-opts": { "max-size": "10m", "max-file": "3" },
  });
  const unit = contentOf("/etc/systemd/system/docker.service.d/10-testfarm.conf").split("\n");
  expect(unit).toEqual(
    expect.arrayContaining([
      "RequiresMountsFor=/srv/testfarm",
      "Requires=testfarm-firewall.service",
      "After=testfarm-firewall.service",
    ]),
  );
});

test("the firewall is there before the network is", () => {
  const unit = contentOf("/etc/systemd/system/testfarm-firewall.service");
  expect(unit).toMatch(/^Before=.*\bnetwork-pre\.target\b/m);
  expect(unit).toMatch(/^DefaultDependencies=no$/m);
  expect(unit).toMatch(/^WantedBy=sysinit\.target$/m);
});

test("the data disk is mounted by its label, and its filesystem grows with it", () => {
  const mount = contentOf("/etc/systemd/system/srv-testfarm.mount");
  expect(mount).toContain(`What=/dev/disk/by-label/${hostLayout.volumeLabel}\n`);
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
