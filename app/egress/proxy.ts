import { once } from "node:events";
import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { dial } from "./dial.ts";
import { endToEnd } from "./headers.ts";
import { admit, Refused, type Policy } from "./policy.ts";

export interface EgressOptions {
  /** Default: every address of this machine, IPv6 and IPv4. */
  readonly hostname?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly policy: Policy;
  /** Hears of every refusal: a site that tries is a finding, and a site that must not be refused a mistake of ours. */
  readonly onRefusal?: (message: string) => void;
  readonly limits?: Partial<typeof defaults>;
}

export interface Egress {
  readonly port: number;
  close(): Promise<void>;
}

const defaults = {
  /** For resolving a name and connecting, together. Milliseconds. */
  connect: 10_000,
  /** For a connection on which nothing is sent; server-sent events and WebSockets send less than a page. */
  idle: 5 * 60_000,
  /** Bytes of all headers of a request. */
  headers: 32 * 1_024,
};

/**
 * A forward proxy for browsers: plain HTTP, and CONNECT for all else (TLS, WebSocket), which goes only where the policy
 * admits. Redirects come back to the browser and are asked for, and checked, anew.
 *
 * Built on Node's own server and not on proxy-chain, which has no limit for connecting, takes `https:` for plain
 * requests, parses answers leniently, and has no place for a health check.
 *
 * @throws when the port is taken.
 */
export async function startEgress(options: EgressOptions): Promise<Egress> {
  const { policy, onRefusal } = options;
  const limits = { ...defaults, ...options.limits };
  const open = new Set<Duplex>();

  const reach = async (url: URL): Promise<Socket> => {
    const deadline = AbortSignal.timeout(limits.connect);
    const socket = await dial(await unlessLate(admit(url, policy), deadline), deadline);
    socket.setTimeout(limits.idle, () => socket.destroy());
    open.add(socket.once("close", () => open.delete(socket)));
    return socket;
  };

  const forward = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const url = plainUrl(incoming.url);
    if (url === undefined) {
      const isHealth = incoming.url === "/healthz" || incoming.url === "/readyz";
      return isHealth ? say(answer, 200, "ok") : say(answer, 400, "This is a proxy for http addresses.");
    }
    try {
      await exchange(incoming, answer, url, await reach(url));
    } catch (error) {
      if (!(error instanceof Refused)) return void incoming.socket.destroy();
      onRefusal?.(error.message);
      say(answer, 403, error.message);
    }
  };

  const tunnel = async (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    open.add(client.once("close", () => open.delete(client)));
    client.on("error", () => client.destroy());
    const authority = `https://${incoming.url}`;
    // A URL without a port would get one; CONNECT always names it.
    if (!URL.canParse(authority) || !/:\d+$/.test(incoming.url ?? ""))
      return void client.end(refusal(400, `${incoming.url} is no host and port.`));
    try {
      const socket = await reach(new URL(authority));
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.write(head);
      await Promise.all([pipeline(client, socket), pipeline(socket, client)]);
    } catch (error) {
      if (!(error instanceof Refused)) return void client.destroy();
      onRefusal?.(error.message);
      client.end(refusal(403, error.message));
    }
  };

  const server = createServer({ maxHeaderSize: limits.headers, headersTimeout: 10_000 });
  server.on("request", (incoming, answer) => void forward(incoming, answer));
  server.on("connect", (incoming, client, head) => void tunnel(incoming, client, head));
  server.listen(options.port, options.hostname);
  await once(server, "listening");
  const end = async () => {
    const ended = once(server, "close");
    server.close();
    server.closeAllConnections();
    for (const connection of open) connection.destroy();
    await ended;
  };
  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => (closed ??= end()),
  };
}

/** The address of a request to a proxy; `undefined` for one to this server itself, or to anything but plain HTTP. */
function plainUrl(target: string | undefined): URL | undefined {
  if (target === undefined || !URL.canParse(target)) return undefined;
  const url = new URL(target);
  return url.protocol === "http:" ? url : undefined;
}

/**
 * One request and its answer. A site that breaks off breaks off here too, without an answer of ours in its place: the
 * browser must not take our words for the site's.
 */
async function exchange(incoming: IncomingMessage, answer: ServerResponse, url: URL, socket: Socket) {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of endToEnd(incoming.rawHeaders)) (headers[name.toLowerCase()] ??= []).push(value);
  // What was checked is what is asked for, whatever the client's own header says.
  headers["host"] = [url.host];
  if (incoming.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = ["chunked"];
  const outgoing = send({
    createConnection: () => socket,
    method: incoming.method ?? "GET",
    path: `${url.pathname}${url.search}`,
    headers,
    setHost: false,
  });
  answer.once("close", () => outgoing.destroy());
  // It is waited for below; one that comes after the answer is nobody's.
  outgoing.on("error", () => outgoing.destroy());
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  const sent = pipeline(incoming, outgoing);
  // A site may answer and close before it has read the whole request.
  sent.catch(() => undefined);
  const [response] = await answered;
  answer.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.rawHeaders).flat());
  await pipeline(response, answer);
}

async function unlessLate<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  const late = once(deadline, "abort").then(() => Promise.reject(deadline.reason));
  late.catch(() => undefined);
  return Promise.race([work, late]);
}

function say(answer: ServerResponse, status: number, message: string): void {
  answer.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  answer.end(`${message}\n`);
}

const refusal = (status: 400 | 403, message: string) =>
  [
    `HTTP/1.1 ${status} ${status === 403 ? "Forbidden" : "Bad Request"}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(message) + 1}`,
    "Connection: close",
    "",
    `${message}\n`,
  ].join("\r\n");
