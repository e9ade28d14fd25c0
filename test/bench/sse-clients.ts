/**
 * Opens live streams and notes how late events come. Says `connected` once each has had its first bytes; then, for each
 * line on its input, all that it has noted since the last one: latencies in milliseconds, as JSON.
 *
 * Arguments: addresses of streams, as JSON; the cookie; how many streams.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [addresses, cookie, number] = process.argv.slice(2) as [string, string, string];
const urls = (JSON.parse(addresses) as string[]).map((address) => new URL(address));
let latencies: number[] = [];
const written = /"at":"([^"]+)"/g;

const open = ({ hostname, port, host, pathname }: URL) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.setEncoding("utf8");
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`);
    socket.once("data", (text: string) =>
      text.startsWith("HTTP/1.1 200") ? resolve() : reject(new Error(text)),
    );
    socket.once("error", reject);
    // An event is one chunk; which is cut by chance is not counted.
    socket.on("data", (text: string) => {
      const now = Date.now();
      for (const [, at] of text.matchAll(written)) latencies.push(now - Date.parse(at!));
    });
  });

const atOnce = 50;
for (let opened = 0; opened < Number(number); opened += atOnce) {
  const some = Array.from({ length: atOnce }, (_, n) => urls[(opened + n) % urls.length]!);
  await Promise.all(some.map(open));
}
console.log("connected");
createInterface(process.stdin)
  .on("line", () => {
    console.log(JSON.stringify(latencies));
    latencies = [];
  })
  .on("close", () => process.exit());
