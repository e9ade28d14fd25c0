import { hostLayout } from "../../../infra/contracts/host.ts";
import { file } from "./file.ts";

const { chromiumProfile: name } = hostLayout;

/**
 * What a container may do by default, without mounts and the kernel's settings, and with user namespaces, on which
 * Chromium's sandbox is built. Ubuntu forbids them since 23.10 to whatever has no profile of its own:
 * https://discourse.ubuntu.com/t/understanding-apparmor-user-namespace-restriction/58007
 */
export const chromiumProfile = file(
  `/etc/apparmor.d/${name}`,
  `abi <abi/4.0>,
include <tunables/global>

profile ${name} flags=(attach_disconnected,mediate_deleted) {
  include <abstractions/base>

  file,
  network,
  capability,
  userns,
  signal (receive) peer=unconfined,
  signal (send,receive) peer=${name},
  ptrace (read,readby,trace,tracedby) peer=${name},

  deny mount,
  deny umount,
  deny @{PROC}/sys/** wklx,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny /sys/** wklx,
}
`,
);
