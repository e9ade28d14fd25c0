import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { pageHeaders } from "../../../components/web/page/built-page.ts";
import { basesOf, thirdParty } from "../../../infra/images/third-party.ts";
import { atEnd } from "../../support/at-end.ts";
import { caddyProgram, startPageServer } from "../../support/caddy.ts";
import { describeWith } from "../../support/services.ts";

const page = mkdtempSync(join(tmpdir(), "testfarm-page-"));
atEnd(() => rmSync(page, { recursive: true }));
mkdirSync(join(page, "assets"));
writeFileSync(join(page, "index.html"), '<!doctype html><div id="root"></div>');
writeFileSync(join(page, "assets", "index-1a2b.js"), "page();".repeat(500));

/** What the API is asked: its streams wait for the test to go on. */
const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
const streams: ServerResponse[] = [];
async function startApi(): Promise<string> {
  const server = createServer(({ url, headers }, response) => {
    asked.push({ url, headers });
    if (url === "/api/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      streams.push(response);
    } else {
      response.writeHead(200, { "content-security-policy": "the API's own", "set-cookie": "a=b; Secure" });
      response.end("x".repeat(2_000));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

/** `fetch` sets the host and decodes what is compressed. */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}) {
  const sent = request(url, { headers, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test("the page is served by the same program as the proxy in front of it, which is one image to keep", () => {
  const dockerfile = readFileSync(join(import.meta.dirname, "../../../Dockerfile"), "utf8");
  expect(basesOf(dockerfile)["WEB_IMAGE"]).toBe(thirdParty.edge);
});

await describeWith(caddyProgram, "the page's server", (program) => {
  let url: string;
  let alone: string;
  let onFly: string;
  beforeAll(async () => {
    const apiUrl = await startApi();
    [url, alone, onFly] = await Promise.all([
      startPageServer(program, page, { API_URL: apiUrl }),
      startPageServer(program, page, {}),
      startPageServer(program, page, { API_URL: apiUrl, CLIENT_IP_HEADER: "Fly-Client-IP" }),
    ]);
  });

  describe("of files", () => {
    const policies = Object.fromEntries(
      Object.entries(pageHeaders).map(([name, value]) => [name.toLowerCase(), value]),
    );

    test.each(["/", "/sessions/of-somebody", "/favicon.ico"])(
      "answers %s with the page, its policies, and the wish to be asked again",
      async (path) => {
        const { status, headers, body } = await ask(`${alone}${path}`);
        expect([status, body]).toEqual([200, '<!doctype html><div id="root"></div>']);
        expect(headers).toMatchObject({ ...policies, "cache-control": "no-cache" });
        expect(headers["server"]).toBeUndefined();
      },
    );

    test("compresses a file whose name changes with it, which is kept for a year", async () => {
      const { headers, body } = await ask(`${alone}/assets/index-1a2b.js`, { "accept-encoding": "gzip" });
      expect(headers).toMatchObject({
        ...policies,
        "content-encoding": "gzip",
        "cache-control": "public, max-age=31536000, immutable",
      });
      expect(body.length).toBeLessThan(1_000);
    });

    test("has no page in the place of a file of another release, which would be kept too", async () => {
      const { status, headers } = await ask(`${alone}/assets/index-0000.js`);
      expect([status, headers["cache-control"]]).toEqual([404, undefined]);
    });
  });

  describe("of /api", () => {
    test("says what is missing where it has nowhere to pass it on to", async () => {
      const { status, body } = await ask(`${alone}/api/sessions`);
      expect([status, body]).toEqual([502, "API_URL is not set: /api is passed on to nowhere."]);
    });

    test("passes path, query, host and scheme on, and the answer back as it is", async () => {
      const { headers, body } = await ask(`${url}/api/sessions?limit=1`, {
        host: "farm.test",
        "x-forwarded-proto": "https",
        "accept-encoding": "gzip",
      });
      expect(asked.at(-1)).toMatchObject({
        url: "/api/sessions?limit=1",
        headers: { host: "farm.test", "x-forwarded-host": "farm.test", "x-forwarded-proto": "https" },
      });
      expect(headers).toMatchObject({
        "content-security-policy": "the API's own",
        "set-cookie": ["a=b; Secure"],
      });
      expect(body).toBe("x".repeat(2_000));
    });

    test.each([
      ["the platform's proxy says", "203.0.113.9", "203.0.113.9"],
      ["its last public proxy says, whatever the client said", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
      ["it had before it came into the private network", "203.0.113.9, 10.1.2.3, 100.64.0.3", "203.0.113.9"],
    ])("names the client by the address that %s", async (_, said, told) => {
      await ask(`${url}/api/me`, { "x-forwarded-for": said, "fly-client-ip": "198.51.100.7" });
      expect(asked.at(-1)!.headers["x-forwarded-for"]).toBe(told);
    });

    test("names the client by the header that the platform has for it", async () => {
      await ask(`${onFly}/api/me`, {
        "x-forwarded-for": "203.0.113.9, 198.51.100.1",
        "fly-client-ip": "203.0.113.9",
      });
      expect(asked.at(-1)!.headers["x-forwarded-for"]).toBe("203.0.113.9");
    });

    test("passes events on one by one", async () => {
      const { body } = await fetch(`${url}/api/events`, { headers: { accept: "text/event-stream" } });
      const events = body!.pipeThrough(new TextDecoderStream()).getReader();
      expect((await events.read()).value).toBe("data: 1\n\n");
      // The API sends the next one only now: held back, the first would never have come.
      streams.at(-1)!.write("data: 2\n\n");
      expect((await events.read()).value).toBe("data: 2\n\n");
      const ended = once(streams.at(-1)!, "close");
      await events.cancel();
      await ended;
    });

    test("refuses a body that no request of the page has", async () => {
      const { status } = await fetch(`${url}/api/sessions`, { method: "POST", body: "x".repeat(3_000_000) });
      expect(status).toBe(413);
    });
  });
});
