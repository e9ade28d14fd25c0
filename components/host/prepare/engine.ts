import { hostLayout } from "../../../infra/contracts/host.ts";
import { file } from "./file.ts";
import { firewallUnit } from "./firewall.ts";

/** Containers go on while the engine is updated. */
const settings = file(
  "/etc/docker/daemon.json",
  `${JSON.stringify(
    {
      "live-restore": true,
      "log-driver": "json-file",
      "log-opts": { "max-size": "10m", "max-file": "3" },
      "no-new-privileges": true,
    },
    null,
    2,
  )}\n`,
);

/** Without the data disk the engine would start containers on empty directories, without the firewall in the open. */
const unit = file(
  "/etc/systemd/system/docker.service.d/10-testfarm.conf",
  `[Unit]
RequiresMountsFor=${hostLayout.dataDirectory}
Requires=${firewallUnit}
After=${firewallUnit}
`,
);

export const engine = [settings, unit];
