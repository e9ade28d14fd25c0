import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import ipaddr from "ipaddr.js";
import { attacker, attempts } from "./corpus.ts";

/** Everything that a connection of the namespace can arrive at. Reports each arrival as `address:port`. */
export async function serveCanaries(arrived: (place: string) => void) {
  const watch = (socket: Socket) => {
    const address = ipaddr.process(socket.localAddress ?? "::").toString();
    if (address !== attacker.address || socket.localPort !== 80) arrived(`${address}:${socket.localPort}`);
  };
  const servers = [
    createServer(answer).on("connection", watch).listen(80, "::"),
    createServer(answer).on("connection", watch).listen(8080, "::"),
    // A handshake would end in an error anyway; that it began is what counts.
    createTcpServer((socket) => void socket.on("error", () => socket.destroy()).end())
      .on("connection", watch)
      .listen(443, "::"),
  ];
  await Promise.all(servers.map((server) => once(server, "listening")));

  const udp = createSocket("udp4").bind(3478);
  udp.on("message", () => arrived("udp:3478"));
  await once(udp, "listening");
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const isAttacker = ipaddr.process(request.socket.localAddress ?? "::").toString() === attacker.address;
  if (isAttacker && request.socket.localPort === 80) serveAttacker(request, response);
  else response.setHeader("access-control-allow-origin", "*").end("canary");
}

function serveAttacker(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", `http://${attacker.host}`);
  const html = (content: string, headers: Readonly<Record<string, string>> = {}) =>
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(content);
  const attempt = attempts[Number(/^\/attempt\/(\d+)$/.exec(url.pathname)?.[1])];
  if (attempt) html(`<!doctype html><meta charset=utf-8><body>${attempt.html}`, attempt.headers);
  else if (url.pathname === "/redirect")
    response
      .writeHead(Number(url.searchParams.get("status")), { location: url.searchParams.get("to") ?? "/" })
      .end();
  else if (url.pathname === "/download")
    response.writeHead(200, { "content-disposition": "attachment; filename=canary.bin" }).end("canary-7f3a");
  else html("<title>Attacker</title>");
}
