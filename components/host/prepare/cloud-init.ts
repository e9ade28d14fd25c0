import { stringify } from "yaml";
import { hostLayout } from "../../../infra/contracts/host.ts";

const { user, dataDirectory, directories, volumeLabel, chromiumProfile } = hostLayout;

/** The engine's own settings. Containers go on while it is updated. */
const engine = {
  "live-restore": true,
  "log-driver": "json-file",
  "log-opts": { "max-size": "10m", "max-file": "3" },
  "no-new-privileges": true,
};

/**
 * What a container may do by default, without mounts and the kernel's settings, and with user namespaces, on which
 * Chromium's sandbox is built. Ubuntu forbids them since 23.10 to whatever has no profile of its own:
 * https://discourse.ubuntu.com/t/understanding-apparmor-user-namespace-restriction/58007
 */
const appArmorProfile = `abi <abi/4.0>,
include <tunables/global>

profile ${chromiumProfile} flags=(attach_disconnected,mediate_deleted) {
  include <abstractions/base>

  file,
  network,
  capability,
  userns,
  signal (receive) peer=unconfined,
  signal (send,receive) peer=${chromiumProfile},
  ptrace (read,readby,trace,tracedby) peer=${chromiumProfile},

  deny mount,
  deny umount,
  deny @{PROC}/sys/** wklx,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny /sys/** wklx,
}
`;

/** systemd wants a unit named after its place: `srv-testfarm.mount`. */
const place = dataDirectory.slice(1).replaceAll("/", "-");
const mountUnit = `${place}.mount`;

/** The filesystem follows a volume that has grown at the next start of the server. */
const mount = `[Unit]
Description=Data of TestFarm
Wants=systemd-growfs@${place}.service

[Mount]
What=/dev/disk/by-label/${volumeLabel}
Where=${dataDirectory}
Type=ext4
Options=noatime,nodev,nosuid

[Install]
WantedBy=multi-user.target
`;

/** Without the data disk the engine would start containers on empty directories. */
const engineAfterMount = `[Unit]
RequiresMountsFor=${dataDirectory}
`;

const updates = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "03:30";
`;

/** Redis warns without the first; a connection's backlog and files are many with a browser for each session. */
const kernel = `vm.overcommit_memory = 1
vm.swappiness = 10
net.core.somaxconn = 1024
fs.inotify.max_user_instances = 1024
`;

const ssh = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers ${user}
X11Forwarding no
`;

/** Everything that has an order. Doing it again changes nothing. */
const prepare = `#!/bin/sh
set -eu
export DEBIAN_FRONTEND=noninteractive

sysctl --quiet --system

# The disk is attached after the server has started.
waited=0
until [ -e /dev/disk/by-label/${volumeLabel} ]; do
  if [ "$waited" -ge 600 ]; then
    echo "no disk labelled ${volumeLabel} within 10 minutes" >&2
    exit 1
  fi
  sleep 2
  waited=$((waited + 2))
done
systemctl daemon-reload
systemctl enable --now ${mountUnit}
${Object.entries(directories)
  .map(([name, id]) => `install -d -m 0700 -o ${id} -g ${id} ${dataDirectory}/${name}`)
  .join("\n")}

apparmor_parser --replace /etc/apparmor.d/${chromiumProfile}
apt-get update
apt-get install --yes --no-install-recommends docker.io apparmor unattended-upgrades
systemctl restart docker
`;

const file = (path: string, content: string, permissions = "0644") => ({ path, content, permissions });

/**
 * Prepares a server for Docker, and does nothing else: engine, data disk, swap, security updates, SSH by key only, and the
 * AppArmor profile under which Chromium has its sandbox. A server reads it once, when it is made, and every process on it
 * can read it then: it holds no secret.
 *
 * @param sshPublicKey of the operator, who may use the engine and nothing that needs root.
 */
export const cloudInit = (sshPublicKey: string): string =>
  `#cloud-config\n${stringify(
    {
      groups: ["docker"],
      users: [
        {
          name: user,
          groups: ["docker"],
          shell: "/bin/bash",
          lock_passwd: true,
          ssh_authorized_keys: [sshPublicKey],
        },
      ],
      disable_root: true,
      ssh_pwauth: false,
      swap: { filename: "/swapfile", size: 2 * 1024 ** 3, maxsize: 2 * 1024 ** 3 },
      write_files: [
        file("/etc/docker/daemon.json", `${JSON.stringify(engine, null, 2)}\n`),
        file("/etc/systemd/system/docker.service.d/10-data.conf", engineAfterMount),
        file(`/etc/systemd/system/${mountUnit}`, mount),
        file(`/etc/apparmor.d/${chromiumProfile}`, appArmorProfile),
        file("/etc/apt/apt.conf.d/52testfarm", updates),
        file("/etc/sysctl.d/60-testfarm.conf", kernel),
        file("/etc/ssh/sshd_config.d/10-testfarm.conf", ssh, "0600"),
        file("/usr/local/sbin/prepare-testfarm", prepare, "0755"),
      ],
      runcmd: [["/usr/local/sbin/prepare-testfarm"]],
    },
    // Scripts stay as they are, instead of being folded.
    { lineWidth: 0 },
  )}`;
