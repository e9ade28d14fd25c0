import { spawn } from "node:child_process";
import { once } from "node:events";
import { atEnd } from "./at-end.ts";
import { findOrInstall, orInstall } from "./debian.ts";
import { asRoot } from "./docker/engine.ts";
import { unshare } from "./namespaces.ts";
import { rootCan, rootCommand, tryAsRoot, type Ran } from "./root.ts";
import type { Service } from "./services.ts";

/** Machines of a network that exists for one test file only. */
export interface Network {
  /** Runs a command on a machine, or with `""` on the one in the middle, and gives what it printed. */
  readonly on: (machine: string, ...command: string[]) => Promise<string>;
  /** The same where a failure is an answer. */
  readonly try: (machine: string, ...command: string[]) => Promise<Ran>;
  /** Starts a program on a machine until the end of the file: its input ends then. It prints something when it has started. */
  readonly start: (machine: string, ...command: string[]) => Promise<void>;
}

const packages = { ip: "iproute2", nft: "nftables", ping: "iputils-ping" };

/** The kernel's network namespaces, with nftables. They are seen by nobody else, and go with their last process. */
export const networks: Service<() => Promise<Network>> = {
  name: "network namespace",
  needs: `Root is needed, a kernel with nftables, and three programs. ${orInstall(Object.values(packages).join(" "))}`,
  async find() {
    for (const [program, name] of Object.entries(packages))
      if ((await findOrInstall(program, name)) === undefined) return undefined;
    return (await rootCan("unshare", "--net", "--mount", "nft", "add table inet probe")) ? open : undefined;
  },
};

async function open(): Promise<Network> {
  // `ip` keeps the names of namespaces in /run.
  const namespaces = await unshare(["net", "mount"], "mount -t tmpfs tmpfs /run\nip link set lo up");
  atEnd(namespaces.close);
  const command = (machine: string, given: string[]) =>
    namespaces.enter(...(machine === "" ? [] : ["ip", "netns", "exec", machine]), ...given);
  return {
    on: (machine, ...given) => asRoot(...command(machine, given)),
    try: (machine, ...given) => tryAsRoot(...command(machine, given)),
    async start(machine, ...given) {
      const [file, ...args] = rootCommand(command(machine, given));
      const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
      const exit = once(child, "exit");
      atEnd(() => (child.stdin.end(), exit));
      await Promise.race([
        once(child.stdout, "data"),
        exit.then(() => Promise.reject(new Error(`${given.join(" ")} did not start`))),
      ]);
    },
  };
}
