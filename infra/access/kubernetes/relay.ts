import { ports } from "../../contracts/docker-host.ts";

/** How a service is spoken to: as it is, over TLS, or over TLS once PostgreSQL has agreed to it. */
type Encryption = "none" | "tls" | "postgres";

const schemes: Readonly<Record<string, { readonly port: number; readonly plain: string }>> = {
  "postgres:": { port: 5432, plain: "postgres:" },
  "postgresql:": { port: 5432, plain: "postgresql:" },
  "redis:": { port: 6379, plain: "redis:" },
  "rediss:": { port: 6379, plain: "redis:" },
};

interface Target {
  readonly host: string;
  readonly port: number;
  readonly encryption: Encryption;
}

export function targetOf(address: string): Target {
  const { protocol, hostname, port, searchParams } = new URL(address);
  const wantsTls = !["", "disable", "allow", "prefer"].includes(searchParams.get("sslmode") ?? "");
  return {
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: Number(port) || (schemes[protocol]?.port ?? 0),
    encryption: protocol === "rediss:" ? "tls" : wantsTls ? "postgres" : "none",
  };
}

/** The address at a port of this machine: no certificate is for it, and nobody else is on the way. */
export function localAddress(address: string, port: number): string {
  const url = new URL(address);
  const { encryption } = targetOf(address);
  if (encryption === "postgres") url.searchParams.set("sslmode", "disable");
  const local = Object.assign(url, { host: `127.0.0.1:${port}` }).href;
  const plain = schemes[url.protocol]?.plain ?? url.protocol;
  return local.replace(/^[a-z]+:/, plain);
}

/**
 * What the pod runs. It checks the certificate, in place of whoever connects to it: by the authorities that everybody knows
 * and by those that the application's image brings along.
 */
const script = `
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { once } = require("node:events");
const net = require("node:net");
const tls = require("node:tls");
const { host, port, encryption, listen } = JSON.parse(process.argv[1]);
const own = "dist/app/db/authorities";
const files = existsSync(own) ? readdirSync(own) : [];
const ca = [...tls.rootCertificates, ...files.map((file) => readFileSync(own + "/" + file, "utf8"))];
const servername = net.isIP(host) ? undefined : host;
async function open() {
  const socket = net.connect({ host, port });
  await once(socket, "connect", { signal: AbortSignal.timeout(10000) });
  if (encryption === "none") return socket;
  if (encryption === "postgres") {
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const [answer] = await once(socket, "data");
    if (answer.toString() !== "S") throw new Error("it does not speak TLS");
  }
  const secure = tls.connect({ socket, host, servername, ca });
  await once(secure, "secureConnect");
  return secure;
}
// The first process of a container ends only when it wants to.
process.once("SIGTERM", () => process.exit());
function join(one, other) {
  one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
}
const server = net.createServer({ pauseOnConnect: true }, (client) =>
  open().then(
    (service) => (join(client, service), join(service, client), client.resume()),
    (error) => (console.error(error.message), client.destroy()),
  ),
);
open().then(
  (service) => (service.destroy(), server.listen(listen)),
  (error) => (console.error(error.code ?? error.message), process.exit(1)),
);
`;

export const relayCommand = (target: Target): string[] => [
  "node",
  "-e",
  script,
  JSON.stringify({ ...target, listen: ports.role }),
];
