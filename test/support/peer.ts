/**
 * A program for Node that answers on ports with its name, and ends when its input does.
 * Arguments: the name, then ports such as `tcp:22` and `udp:443`, of IPv4 and IPv6 alike.
 */
export const answering = `
const [name, ...ports] = process.argv.slice(1);
const { createServer } = require("node:net");
const { createSocket } = require("node:dgram");
const listen = (each) => new Promise((resolve) => {
  const [protocol, port] = each.split(":");
  if (protocol === "tcp") {
    const server = createServer((socket) => socket.on("error", () => {}).end(name + "\\n"));
    server.listen({ host: "::", port: Number(port) }, resolve);
  } else {
    const socket = createSocket("udp6");
    socket.on("message", (_, from) => socket.send(name + "\\n", from.port, from.address));
    socket.bind(Number(port), "::", resolve);
  }
});
Promise.all(ports.map(listen)).then(() => console.log("ready"));
process.stdin.resume().on("end", () => process.exit());
`;

/**
 * A program for bash that prints what ports answer within 4 seconds, as `tcp 22: name`.
 * Arguments: the address, then ports such as `tcp 22` and `udp 443`, which are asked together.
 */
export const asking = `
export address=$0
for port in "$@"; do
  timeout 4 bash -c 'exec 3<>"/dev/$0/$address/$1" && echo hello >&3 && echo "$0 $1: $(head -n 1 <&3)"' $port &
done
wait`;

/** A program for Node that prints the answer to a datagram. Arguments: the sender's port, address, port. */
export const askingFrom = `
const [own, address, port] = process.argv.slice(1);
const socket = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
socket.on("message", (answer) => process.stdout.write(answer, () => process.exit()));
socket.bind(Number(own), () => socket.send("hello", Number(port), address));
`;
