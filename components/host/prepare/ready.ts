import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { hostLayout } from "../../../infra/contracts/host.ts";
import { sshOptions } from "../../ssh.ts";

/** Seconds that a new server may take to answer; one that has begun takes as long as its packages need. */
const patience = 300;

/** Quoted once more by the shell that runs `ssh`. */
const onServer = "cloud-init status --wait --long && docker version";

interface Server {
  readonly address: pulumi.Input<string>;
  /** A new server is waited for again. */
  readonly serverId: pulumi.Input<string>;
}

/**
 * Done when cloud-init has prepared the server and its Docker engine answers. Runs where Pulumi runs, with the operator's
 * SSH agent; fails with what cloud-init and SSH said.
 */
export const hostReady = (
  name: string,
  { address, serverId }: Server,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource =>
  new command.local.Command(
    name,
    {
      create: pulumi.output(address).apply((host) => waitFor(`${hostLayout.user}@${host}`)),
      triggers: [serverId],
    },
    options,
  );

/** SSH itself ends with 255 when it cannot connect; every other code is the server's own answer. */
const waitFor = (target: string): string =>
  [
    `end=$(( $(date +%s) + ${patience} ))`,
    "while :; do",
    `  ssh ${[...sshOptions, "-o", "ConnectTimeout=10", "-o", "BatchMode=yes"].join(" ")} ${target} '${onServer}'`,
    "  code=$?",
    '  if [ "$code" -ne 255 ] || [ "$(date +%s)" -ge "$end" ]; then exit "$code"; fi',
    "  sleep 5",
    "done",
  ].join("\n");
