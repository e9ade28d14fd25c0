import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { hostLayout } from "../../../infra/contracts/host.ts";
import { HostKey } from "../../provider/ssh/resources.ts";
import { quoted, sshOptions } from "../../ssh.ts";
import { prepareLog } from "./cloud-init.ts";

/** Seconds that a new server may take to answer; one that has begun takes as long as its packages need. */
const patience = 300;

/**
 * Quoted once more by the shell that runs `ssh`. cloud-init ends with 1 when it failed, and with 2 when something was not
 * as it should be and it went on, for which a provider's own part of the configuration is enough:
 * https://cloudinit.readthedocs.io/en/latest/explanation/return_codes.html
 */
const onServer = [
  "cloud-init status --wait --long; [ $? -ne 1 ] && docker version",
  `{ cat ${prepareLog}; exit 1; }`,
].join(" || ");

interface Server {
  readonly address: pulumi.Input<string>;
  /** A new server is waited for again. */
  readonly serverId: pulumi.Input<string>;
  /** Public key by which the server is known. Absent: it is asked for it, once. */
  readonly hostKey: string | undefined;
}

/**
 * Waits for a new server, with the operator's SSH agent, where Pulumi runs. From its first word on it is known by its key.
 *
 * @returns the key, and what is done when cloud-init has prepared the server and its Docker engine answers; that fails
 * with what SSH, cloud-init and the preparation said. Another server replaces it.
 */
export function firstContact(
  name: string,
  { address, serverId, hostKey: known }: Server,
  options: pulumi.CustomResourceOptions,
): { readonly hostKey: pulumi.Output<string>; readonly ready: pulumi.Resource } {
  const hostKey =
    known === undefined
      ? new HostKey(`${name}-host-key`, { address, serverId, patience }, options).publicKey
      : pulumi.output(known);
  const ready = new command.local.Command(
    `${name}-ready`,
    {
      create: pulumi.all([address, hostKey]).apply(([host, key]) => waitFor(host, key)),
      triggers: [serverId],
    },
    options,
  );
  return { hostKey, ready };
}

/** SSH itself ends with 255 when it cannot connect; every other code is the server's own answer. */
function waitFor(address: string, hostKey: string): string {
  const options = [...sshOptions(address, hostKey), "-o", "ConnectTimeout=10", "-o", "BatchMode=yes"];
  return [
    `end=$(( $(date +%s) + ${patience} ))`,
    "while :; do",
    `  ${quoted(["ssh", ...options, `${hostLayout.user}@${address}`, onServer])}`,
    "  code=$?",
    '  if [ "$code" -ne 255 ] || [ "$(date +%s)" -ge "$end" ]; then exit "$code"; fi',
    "  sleep 5",
    "done",
  ].join("\n");
}
