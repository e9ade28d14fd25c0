import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestListener } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { allowing, publicOnly, type Policy } from "../../../app/egress/policy.ts";
import { startEgress } from "../../../app/egress/proxy.ts";
import { atEnd } from "../../support/at-end.ts";

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A site of this machine, and a filter that opens it. */
async function siteBehindFilter(answer: RequestListener, policy: Partial<Policy> = {}) {
  const port = await listen(createServer(answer));
  return {
    site: `127.0.0.1:${port}`,
    egress: await filter({ ...allowing([`127.0.0.1:${port}`]), ...policy }),
  };
}

async function filter(policy: Policy, limits: NonNullable<Parameters<typeof startEgress>[0]["limits"]> = {}) {
  const refusals: string[] = [];
  const onRefusal = (message: string) => void refusals.push(message);
  const egress = await startEgress({ hostname: "127.0.0.1", port: 0, policy, onRefusal, limits });
  atEnd(egress.close);
  return { port: egress.port, refusals };
}

async function ask(port: number, path: string, options: object = {}, body = "") {
  const asking = request({ host: "127.0.0.1", port, path, agent: false, ...options }).end(body);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Sends bytes as they are, and reads until the other side ends. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

test("a request goes to the site with its body, and the answer comes back with its own", async () => {
  const { site, egress } = await siteBehindFilter(async (incoming, response) => {
    response.writeHead(201, "Made", { "set-cookie": ["a=1", "b=2"] });
    response.end(`${incoming.method} ${incoming.url} ${await text(incoming)}`);
  });
  const answer = await ask(egress.port, `http://${site}/a?b=c`, { method: "POST" }, "d".repeat(200_000));
  expect(answer).toMatchObject({ status: 201, body: `POST /a?b=c ${"d".repeat(200_000)}` });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

test("neither the proxy's credentials nor what is meant for one hop reaches the site or the browser", async () => {
  const { site, egress } = await siteBehindFilter(({ headers }, response) => {
    response.writeHead(200, {
      "proxy-authenticate": "Basic",
      connection: "x-hop",
      "x-hop": "1",
      "x-end": "2",
    });
    response.end(JSON.stringify(headers));
  });
  const { headers, body } = await ask(egress.port, `http://${site}/`, {
    headers: {
      host: "metadata.internal",
      "proxy-authorization": "Basic c2VjcmV0",
      "proxy-connection": "keep-alive",
      connection: "x-private",
      "x-private": "1",
      "x-kept": "2",
      te: "trailers",
      upgrade: "h2c",
    },
  });
  expect(JSON.parse(body)).toEqual({ host: site, "x-kept": "2", connection: expect.any(String) });
  expect(headers).toMatchObject({ "x-end": "2" });
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(["x-hop"]));
  expect(headers["proxy-authenticate"]).toBeUndefined();
});

test("a refusal is answered with 403 and the reason, for a request and for a tunnel, and is told", async () => {
  const { port, refusals } = await filter(publicOnly);
  const answer = await ask(port, "http://169.254.169.254/latest/meta-data");
  expect(answer).toMatchObject({ status: 403, body: "169.254.169.254 is refused: it is link-local.\n" });
  const tunnel = await raw(port, "CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\n");
  expect(tunnel).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n.*\r\n\r\n10\.0\.0\.1 is refused: it is private\.\n$/s,
  );
  expect(refusals).toEqual([
    "169.254.169.254 is refused: it is link-local.",
    "10.0.0.1 is refused: it is private.",
  ]);
});

test("a tunnel carries whatever is said in it, both ways, from the first byte on", async () => {
  const port = await listen(
    createTcpServer((socket) => socket.once("data", (data) => socket.end(`got ${data}`))),
  );
  const egress = await filter(allowing([`127.0.0.1:${port}`]));
  const said = await raw(egress.port, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\nhello`);
  expect(said).toBe("HTTP/1.1 200 Connection established\r\n\r\ngot hello");
});

test("a name is dialled at the address that was checked, though it has another by then", async () => {
  let asked = 0;
  const { site } = await siteBehindFilter((_, response) => response.end("the checked one"));
  const [, port] = site.split(":");
  const resolve = async () => [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
  const egress = await filter({ ...allowing([`rebinding.test:${port}`]), resolve });
  expect((await ask(egress.port, `http://rebinding.test:${port}/`)).body).toBe("the checked one");
  expect(asked).toBe(1);
});

test.each([
  [
    "a site that is not there",
    async () => {
      const server = createTcpServer();
      const port = await listen(server);
      server.close();
      return port;
    },
  ],
  [
    "a site that breaks off",
    () => listen(createTcpServer((socket) => void socket.once("data", () => socket.destroy()))),
  ],
  ["a site that speaks no HTTP", () => listen(createTcpServer((socket) => void socket.end("SSH-2.0-x\r\n")))],
])("%s breaks off here too: no answer of ours takes the place of the site's", async (_, start) => {
  const port = await start();
  const egress = await filter(allowing([`127.0.0.1:${port}`]));
  expect(
    await raw(egress.port, `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`).catch(() => ""),
  ).toBe("");
  const tunnel = await raw(
    egress.port,
    `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
  ).catch(() => "");
  expect(tunnel).not.toContain("403");
});

const neverResolves = () => new Promise<never>(() => undefined);

test("a name that is never resolved is given up", async () => {
  const { port } = await filter({ ...publicOnly, resolve: neverResolves }, { connect: 50 });
  expect(await raw(port, "CONNECT slow.test:443 HTTP/1.1\r\n\r\n").catch(() => "")).toBe("");
});

test("a tunnel in which nothing is said is ended", async () => {
  const port = await listen(createTcpServer(() => undefined));
  const egress = await filter(allowing([`127.0.0.1:${port}`]), { idle: 50 });
  const said = raw(egress.port, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`).catch(() => "ended");
  expect(await said).toMatch(/established|ended/);
});

test("headers beyond the limit, an address that is no plain HTTP, and a tunnel to no port are refused", async () => {
  const { port } = await filter(publicOnly, { headers: 1_000 });
  expect((await ask(port, "http://a.test/", { headers: { "x-long": "x".repeat(2_000) } })).status).toBe(431);
  for (const path of ["https://a.test/", "ftp://a.test/", "/admin"])
    expect((await ask(port, path)).status).toBe(400);
  for (const authority of ["a.test", "a.test:443/x", ":443"])
    expect(await raw(port, `CONNECT ${authority} HTTP/1.1\r\n\r\n`)).toContain("400 Bad Request");
});

test("its own health is all that it serves itself", async () => {
  const { port } = await filter(publicOnly);
  expect((await ask(port, "/healthz")).status).toBe(200);
  expect((await ask(port, "/")).status).toBe(400);
});

test("closing it ends every tunnel, and closing it twice is no error", async () => {
  const port = await listen(createTcpServer((socket) => void socket.on("error", () => undefined)));
  const egress = await startEgress({
    hostname: "127.0.0.1",
    port: 0,
    policy: allowing([`127.0.0.1:${port}`]),
  });
  const socket = connect(egress.port, "127.0.0.1").on("error", () => undefined);
  socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
  await once(socket, "data");
  const ended = once(socket, "close");
  await egress.close();
  await egress.close();
  expect(await ended).toBeDefined();
});
