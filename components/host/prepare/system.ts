import { hostLayout } from "../../../infra/contracts/host.ts";
import { file } from "./file.ts";

/** Another program may hold apt's lock, most often the daily update. */
const updates = file(
  "/etc/apt/apt.conf.d/52testfarm",
  `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "03:30";
DPkg::Lock::Timeout "300";
`,
);

/** Redis warns without the first; a connection's backlog and files are many with a browser for each session. */
const kernel = file(
  "/etc/sysctl.d/60-testfarm.conf",
  `vm.overcommit_memory = 1
vm.swappiness = 10
net.core.somaxconn = 1024
fs.inotify.max_user_instances = 1024
`,
);

/** sshd takes the first value that it reads: this file precedes those of cloud-init and of the image. */
const ssh = file(
  "/etc/ssh/sshd_config.d/10-testfarm.conf",
  `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers ${hostLayout.user}
X11Forwarding no
`,
  "0600",
);

export const system = [updates, kernel, ssh];
