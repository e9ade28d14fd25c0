import { once } from "node:events";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { atEnd } from "./at-end.ts";

/**
 * A port on this machine that passes requests on to a site, under that one's own name, which `fetch` cannot: it takes no
 * authority but the well-known ones.
 *
 * @param host name or address of the site, for which its certificate has to be.
 * @param ca certificate of the authority that has signed it, PEM.
 * @returns its URL.
 */
export async function siteRelay(host: string, ca: string): Promise<string> {
  const server = createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ host, ca, method, path, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await once(server.listen(0, "localhost"), "listening");
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
