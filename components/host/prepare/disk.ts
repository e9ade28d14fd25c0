import { hostLayout } from "../../../infra/contracts/host.ts";
import { file } from "./file.ts";

const { dataDirectory, volumeLabel } = hostLayout;

/**
 * Returns when there is a disk with the label of the data volume. DigitalOcean delivers it so; others attach an empty one
 * a while after the start, which gets a filesystem. A disk that holds anything is never written to: neither one with a
 * signature that `wipefs` knows, nor one that does not begin with a MiB of zeros, and `mkfs.ext4` refuses what is mounted.
 * Of two empty ones none is taken.
 *
 * Takes the seconds to wait; 600 unless given.
 */
export const diskScript = file(
  "/usr/local/sbin/testfarm-disk",
  `#!/bin/sh
set -eu
patience=\${1:-600}

fail() {
  echo "testfarm-disk: $1 The disks of this server:" >&2
  lsblk --output NAME,SIZE,RO,TYPE,FSTYPE,LABEL,MOUNTPOINT >&2
  exit 1
}

is_empty() {
  [ "$(lsblk --noheadings --list --output NAME "$1" | wc -l)" -eq 1 ] &&
    signatures=$(wipefs --no-act --noheadings "$1") && [ -z "$signatures" ] &&
    cmp --quiet --bytes=1048576 "$1" /dev/zero
}

# The smallest volume of these providers has 10 GB; a smaller disk is something else.
empty_disks() {
  lsblk --nodeps --noheadings --bytes --paths --output NAME,SIZE,RO | while read -r name size ro; do
    if [ "$size" -ge 10000000000 ] && [ "$ro" -eq 0 ] && is_empty "$name"; then echo "$name"; fi
  done
}

waited=0
until blkid --label ${volumeLabel} >/dev/null; do
  disks=$(empty_disks)
  case $(echo "$disks" | wc -w) in
    0)
      if [ "$waited" -ge "$patience" ]; then
        fail "within $patience s there was neither a disk labelled ${volumeLabel} nor an empty one of 10 GB or more. Attach one."
      fi
      sleep 2
      waited=$((waited + 2))
      ;;
    1) mkfs.ext4 -q -L ${volumeLabel} -m 1 "$disks" ;;
    *) fail "$(echo "$disks" | paste -sd " ") are all empty, and one is to be the data volume. Detach the others." ;;
  esac
done
`,
  "0755",
);

/** systemd wants a unit named after its place: `srv-testfarm.mount`. */
const place = dataDirectory.slice(1).replaceAll("/", "-");
export const mountUnit = `${place}.mount`;

/** The filesystem follows a volume that has grown at the next start of the server. */
export const mount = file(
  `/etc/systemd/system/${mountUnit}`,
  `[Unit]
Description=Data of TestFarm
Wants=systemd-growfs@${place}.service

[Mount]
What=/dev/disk/by-label/${volumeLabel}
Where=${dataDirectory}
Type=ext4
Options=noatime,nodev,nosuid

[Install]
WantedBy=multi-user.target
`,
);
