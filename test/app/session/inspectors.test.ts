import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Finding } from "../../../app/contract.ts";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { click, goto, play } from "./play.ts";
import { page, serveSite } from "./site.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const status =
  (code: number): Handler =>
  (_, response) =>
    void response.writeHead(code).end();
const after =
  (milliseconds: number): Handler =>
  (_, response) =>
    void sleep(milliseconds).then(() =>
      response.writeHead(200, { "content-type": "text/html" }).end(page("Late")),
    );

interface Case {
  readonly what: string;
  readonly bad: string;
  readonly good: string;
  readonly others?: Readonly<Record<string, Handler>>;
  readonly finding: Partial<Omit<Finding, "evidence">> & { readonly evidence: object };
}

const cases: readonly Case[] = [
  {
    what: "a field without a label",
    bad: `<input name="city">`,
    good: `<label>City <input name="city"></label>`,
    finding: { kind: "missing-label", severity: "critical", evidence: { html: `<input name="city">` } },
  },
  {
    what: "an image without a text alternative",
    bad: `<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`,
    good: `<img alt="A dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`,
    finding: { kind: "accessibility", severity: "critical", evidence: { selector: "img" } },
  },
  {
    what: "pale text",
    bad: `<p style="color: #ccc; background: #fff">Pale</p>`,
    good: `<p style="color: #444; background: #fff">Dark</p>`,
    finding: {
      kind: "accessibility",
      severity: "serious",
      title: "Too pale to read well: “Pale”",
      evidence: {},
    },
  },
  {
    what: "an error in the console",
    bad: `<script>console.error("lost the thread")</script>`,
    good: `<script>console.log("lost the thread")</script>`,
    finding: { kind: "console-error", severity: "moderate", evidence: { message: "lost the thread" } },
  },
  {
    what: "an exception that nobody catches",
    bad: `<script>setTimeout(() => { throw new RangeError("too far") })</script>`,
    good: `<script>setTimeout(() => { try { throw new RangeError("too far") } catch {} })</script>`,
    finding: {
      kind: "console-error",
      severity: "serious",
      title: "A script fails: RangeError: too far",
      evidence: {},
    },
  },
  {
    what: "a request that is answered with 500",
    bad: `<script>fetch("/api/broken")</script>`,
    good: `<script>fetch("/api/works")</script>`,
    others: { "/api/broken": status(500), "/api/works": status(204) },
    finding: { kind: "failed-request", severity: "serious", evidence: { status: 500 } },
  },
  {
    what: "a request that gets no answer",
    bad: `<script>fetch("/api/hangup").catch(() => {})</script>`,
    good: `<script>const stop = new AbortController(); fetch("/api/works", stop).catch(() => {}); stop.abort()</script>`,
    others: { "/api/hangup": (request) => void request.socket.destroy(), "/api/works": status(204) },
    finding: {
      kind: "failed-request",
      severity: "serious",
      evidence: { message: "net::ERR_EMPTY_RESPONSE" },
    },
  },
  {
    what: "a link that leads nowhere",
    bad: `<a href="/gone">Gone</a>`,
    good: `<a href="/there">There</a> <a href="/private">Private</a> <a href="#top">Top</a>`,
    others: { "/gone": status(410), "/there": status(200), "/private": status(401) },
    finding: { kind: "dead-link", severity: "serious", evidence: { status: 410 } },
  },
  {
    what: "a slow answer",
    bad: `<script>fetch("/api/slow")</script>`,
    good: `<script>fetch("/api/quick")</script>`,
    others: { "/api/slow": after(2_200), "/api/quick": after(300) },
    finding: { kind: "slow-response", severity: "moderate", evidence: { milliseconds: expect.any(Number) } },
  },
  {
    what: "a page that scrolls sideways on a phone",
    bad: `<div class="row"><table class="wide" style="width: 700px"><tr><td>Wide</table></div>`,
    good: `<div style="overflow-x: auto" tabindex="0"><table style="width: 700px"><tr><td>Wide</table></div>`,
    finding: {
      kind: "horizontal-overflow",
      severity: "moderate",
      evidence: { selector: "div.row > table.wide" },
    },
  },
];

await describeWith(chromium, "inspectors", (browsers) => {
  test.each(cases)("$what is found, and its mended copy is not", async ({ bad, good, others, finding }) => {
    const site = await serveSite({ "/bad": page(bad), "/good": page(good), ...others });
    const [withDefect, without] = await Promise.all([
      play({ browsers, url: `${site.url}/bad`, agent: [] }),
      play({ browsers, url: `${site.url}/good`, agent: [] }),
    ]);
    await site.close();
    expect(withDefect.findings).toEqual([
      expect.objectContaining({
        ...finding,
        url: expect.stringMatching(/\/(bad|gone)$/),
        evidence: expect.objectContaining(finding.evidence),
      }),
    ]);
    expect(without.findings).toEqual([]);
    expect([...withDefect.warnings, ...without.warnings]).toEqual([]);
  });

  test("the same problem on a second page, and thirty times on one, is one finding", async () => {
    const pale = Array.from(
      { length: 30 },
      (_, index) => `<li class="price" style="color: #ddd">Price ${index}</li>`,
    );
    const body = `<input name="q"><ul>${pale.join("")}</ul>`;
    const site = await serveSite({
      "/": page(`${body}<a href="/second">On</a>`),
      "/second": page(`<p>${body}`),
    });
    const { findings } = await play({ browsers, url: site.url, agent: [click('link "On"')] });
    await site.close();
    expect(findings.map(({ kind }) => kind).toSorted()).toEqual(["accessibility", "missing-label"]);
    expect(findings.find(({ kind }) => kind === "accessibility")?.title).toContain("29 more like it");
  });

  test("a page is looked at once, and again when its structure has changed", async () => {
    const script = `<script>document.querySelector("button").onclick = () => document.body.append(document.createElement("textarea"))</script>`;
    const site = await serveSite({ "/": page(`<button>More</button>${script}`) });
    const { findings, steps } = await play({
      browsers,
      url: site.url,
      agent: [goto(`${site.url}/?again`), click('button "More"')],
    });
    await site.close();
    expect(steps).toHaveLength(3);
    expect(findings.map(({ title }) => title)).toEqual(["The form field <textarea> has no label"]);
  });

  test("a link is asked for once a session, and one that would do something never", async () => {
    const links = `<a href="/a">A</a><a href="/logout">Leave</a><a href="/basket/1">Remove it</a>`;
    const site = await serveSite({
      "/": page(`${links}<a href="/two">Two</a>`),
      "/two": page(links),
      "/a": page("A"),
    });
    await play({ browsers, url: site.url, agent: [click('link "Two"')] });
    await site.close();
    // Each once to be looked at, and `/two` once more to be visited.
    expect(site.requests.toSorted()).toEqual(["GET /", "GET /a", "GET /two", "GET /two"]);
  });

  test("links are asked for by the browser itself, unless the page forbids it", async () => {
    const asked: (string | undefined)[] = [];
    const note: Handler = (request, response) => {
      asked.push(request.headers["user-agent"]);
      response.writeHead(410).end();
    };
    const policy = `<meta http-equiv="content-security-policy" content="connect-src 'none'">`;
    const site = await serveSite({
      "/": page(`<a href="/open">Open</a><a href="/forbids">Forbids</a>`),
      "/forbids": page(`<a href="/shut">Shut</a>`, policy),
      "/open": note,
      "/shut": note,
    });
    const { findings, warnings } = await play({ browsers, url: site.url, agent: [click('link "Forbids"')] });
    await site.close();
    expect(asked).toEqual([expect.stringContaining("Chrome/")]);
    expect(findings.map(({ title }) => title)).toEqual(["A link leads nowhere: /open gets status 410"]);
    expect(warnings).toEqual([]);
  });

  test("the viewport is the persona's again after the look at a phone's width", async () => {
    const site = await serveSite({
      "/": page(`<p id="w"></p><script>onresize = () => w.textContent = "now " + innerWidth</script>`),
    });
    const { seen } = await play({ browsers, url: site.url, agent: [] });
    await site.close();
    expect(seen[0]?.snapshot).toContain("now 1280");
  });
});
