import { atEnd } from "./at-end.ts";
import type { Docker } from "./docker/engine.ts";
import { asRoot } from "./docker/engine.ts";

/** Somebody else on a Docker network of this machine, with this machine's programs. */
export interface Stranger {
  /** Every TCP port of an address at which something listens. */
  readonly openPorts: (address: string) => Promise<number[]>;
  /** Whether something at a UDP port speaks QUIC. */
  readonly findsQuic: (address: string, port: number) => Promise<boolean>;
}

/**
 * A datagram of a version of QUIC that nobody has, which each server answers with those that it has:
 * https://www.rfc-editor.org/rfc/rfc9000#section-6 It prints what it got, or nothing after 5 seconds.
 */
const greeting = `
const [address, port] = process.argv.slice(1);
const socket = require("node:dgram").createSocket("udp4");
const datagram = Buffer.alloc(1200);
Buffer.from("c01a2a3a4a08010203040506070800", "hex").copy(datagram);
socket.on("message", (answer) => (console.log(answer.toString("hex")), process.exit()));
socket.send(datagram, Number(port), address);
setTimeout(() => process.exit(), 5_000);
`;

/** @param nmap path of the program. */
export async function strangerOn(
  docker: Docker,
  network: string,
  image: string,
  nmap: string,
): Promise<Stranger> {
  const idle = ["--detach", "--rm", "--network", network, "--entrypoint", "sleep", image, "infinity"];
  const name = (await docker("run", ...idle)).trim();
  atEnd(() => docker("rm", "--force", name));
  const pid = (await docker("inspect", "--format", "{{.State.Pid}}", name)).trim();
  const run = (...command: string[]) => asRoot("nsenter", `--target=${pid}`, "--net", ...command);
  return {
    async openPorts(address) {
      const pace = ["-T4", "--min-rate", "5000", "--max-retries", "2"];
      const printed = await run(nmap, "-n", "-Pn", "-sS", "-p", "1-65535", ...pace, "-oG", "-", address);
      return [...printed.matchAll(/(\d+)\/open\/tcp/g)].map(([, port]) => Number(port));
    },
    async findsQuic(address, port) {
      const answer = (await run(process.execPath, "-e", greeting, address, String(port))).trim();
      // A long header with version 0: a negotiation of the version.
      return /^[89a-f].00000000/.test(answer);
    },
  };
}
