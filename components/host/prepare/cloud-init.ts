import { stringify } from "yaml";
import { hostLayout } from "../../../infra/contracts/host.ts";
import { chromiumProfile } from "./apparmor.ts";
import { diskScript, mount, mountUnit } from "./disk.ts";
import { engine } from "./engine.ts";
import { file } from "./file.ts";
import { firewall, firewallUnit } from "./firewall.ts";
import { system } from "./system.ts";

const { user, dataDirectory, directories } = hostLayout;

/** Where the operator, who is no administrator, can read why a server was not prepared. */
export const prepareLog = "/var/log/testfarm-prepare.log";

/** Everything that has an order. Doing it again changes nothing, and upgrades nothing. */
const prepare = file(
  "/usr/local/sbin/prepare-testfarm",
  `#!/bin/sh
set -eu
export DEBIAN_FRONTEND=noninteractive

sysctl --quiet --system
systemctl daemon-reload

apt-get update
apt-get install --yes --no-install-recommends --no-upgrade nftables apparmor unattended-upgrades
systemctl enable --now ${firewallUnit}
apparmor_parser --replace ${chromiumProfile.path}

${diskScript.path}
systemctl enable --now ${mountUnit}
${Object.entries(directories)
  .map(([name, id]) => `install -d -m 0700 -o ${id} -g ${id} ${dataDirectory}/${name}`)
  .join("\n")}

apt-get install --yes --no-install-recommends --no-upgrade docker.io
systemctl enable --now docker.service
`,
  "0755",
);

/**
 * Prepares a server for Docker, and does nothing else: firewall, data disk, engine, swap, security updates, SSH by key
 * only, and the AppArmor profile under which Chromium has its sandbox. A server reads it once, when it is made, and every
 * process on it can read it then: it holds no secret.
 *
 * The release of Ubuntu is pinned by the provider's `image`, and with it the series of every package. Their versions are
 * not: Ubuntu's archive keeps only the newest of a release, so that a pinned one could not be installed once it has had
 * a security update, and would then keep a server from being made again.
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
      write_files: [...system, ...firewall, ...engine, chromiumProfile, diskScript, mount, prepare],
      runcmd: [["sh", "-c", `${prepare.path} >${prepareLog} 2>&1`]],
    },
    // Scripts stay as they are, instead of being folded.
    { lineWidth: 0 },
  )}`;
