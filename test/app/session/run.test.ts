import { expect, test } from "vitest";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { click, fill, goto, play } from "./play.ts";
import { page, serveSite } from "./site.ts";

const form = (action: string, method: string, name: string) =>
  `<form action="${action}" method="${method}"><input name="card" value="4242"><button>${name}</button></form>`;

await describeWith(chromium, "a session", (browsers) => {
  test("reports each step with its words, place, time and picture, and ends as the agent says", async () => {
    const site = await serveSite({
      "/": page(`<label>Name <input></label><a href="/next">Next</a>`),
      "/next": page("<h1>Done</h1>", "<title>Next page</title>"),
    });
    const { verdict, steps, seen } = await play({
      browsers,
      url: site.url,
      agent: [fill('textbox "Name"', "Ada"), click('link "Next"')],
    });
    await site.close();
    expect(verdict).toEqual({ status: "passed", reason: "The script is over." });
    expect(steps.map(({ step, description, error }) => [step, description, error])).toEqual([
      [1, `Open ${site.url}`, null],
      [2, 'Fill the field "Name" with "Ada"', null],
      [3, 'Click the link "Next"', null],
    ]);
    expect(steps[2]).toMatchObject({
      url: `${site.url}/next`,
      reasoning: "scripted",
      action: { kind: "click" },
    });
    for (const { image } of steps) expect(image?.toString("latin1", 8, 12)).toBe("WEBP");
    expect(seen.map(({ step, history }) => [step, history.length])).toEqual([
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    expect(seen[1]?.snapshot).toContain('textbox "Name" [active] [ref=');
  });

  test("goes on after an action that fails, with what was in the way", async () => {
    const cover = `<div style="position: fixed; inset: 0">Cover</div>`;
    const site = await serveSite({ "/": page(`<button>Under</button>${cover}`) });
    const { verdict, steps } = await play({
      browsers,
      url: site.url,
      agent: [click('button "Under"'), () => ({ kind: "click", ref: "e99" }), goto(`${site.url}/`)],
    });
    await site.close();
    expect(verdict.status).toBe("passed");
    expect(steps.map(({ error }) => error)).toEqual([
      null,
      expect.stringContaining("intercepts pointer events"),
      "There is no element e99 on the page.",
      null,
    ]);
  });

  test("uses the persona's device", async () => {
    const script = `<script>document.body.append(innerWidth + (navigator.maxTouchPoints > 0 ? " touch" : ""))</script>`;
    const site = await serveSite({
      "/": page(script, `<meta name="viewport" content="width=device-width">`),
    });
    const words = async (device: "desktop" | "phone") =>
      (await play({ browsers, url: site.url, device, agent: [] })).seen[0]?.snapshot;
    expect(await words("desktop")).toMatch(/\b1280\b(?! touch)/);
    expect(await words("phone")).toContain("390 touch");
    await site.close();
  });

  test("stays on its site: other origins are refused before they are asked, or left again", async () => {
    const other = await serveSite({ "/": page("Elsewhere"), "/next": page("Elsewhere") });
    const site = await serveSite({
      "/": page(`<a href="${other.url}/">Out</a><a href="${other.url}" target="_blank">Out in a new tab</a>`),
      "/redirect": (_, response) => void response.writeHead(302, { location: `${other.url}/next` }).end(),
    });
    const { steps, seen } = await play({
      browsers,
      url: site.url,
      agent: [
        click('link "Out"'),
        goto(other.url),
        goto("file:///etc/passwd"),
        click("new tab"),
        goto(`${site.url}/redirect`),
      ],
    });
    await Promise.all([site.close(), other.close()]);
    expect(steps.map(({ error }) => error)).toEqual([
      null,
      expect.stringContaining("where this session stays"),
      expect.stringContaining("where this session stays"),
      expect.stringContaining("where this session stays"),
      expect.stringContaining("where this session stays"),
      `A redirect led to ${other.url}, outside of ${site.url}, where this session stays.`,
    ]);
    expect(new Set(seen.map(({ url }) => url))).toEqual(new Set([`${site.url}/`]));
    // Only the redirect, which a browser follows by itself.
    expect(other.requests.filter((request) => request !== "GET /favicon.ico")).toEqual(["GET /next"]);
  });

  test("sends no form to another origin, and leaves where the answer to one leads", async () => {
    const other = await serveSite({ "/": page("Elsewhere"), "/next": page("Elsewhere") });
    const site = await serveSite({
      "/": page(
        form(other.url, "get", "Ask") +
          form(other.url, "post", "Send") +
          form("/order", "post", "Order") +
          `<button onclick="location.href = '${other.url}'">Jump</button>`,
      ),
      "/order": (_, response) => void response.writeHead(303, { location: `${other.url}/next` }).end(),
    });
    const names = ["Ask", "Send", "Order", "Jump"];
    const { steps, seen } = await play({
      browsers,
      url: site.url,
      agent: names.map((name) => click(`button "${name}"`)),
    });
    await Promise.all([site.close(), other.close()]);
    const refused = expect.stringContaining(`is outside of ${site.url}, where this session stays.`);
    const left = `A redirect led to ${other.url}, outside of ${site.url}, where this session stays.`;
    expect(steps.map(({ error }) => error)).toEqual([null, refused, refused, left, refused]);
    expect(new Set(seen.map(({ url }) => url))).toEqual(new Set([`${site.url}/`]));
    expect(other.requests.filter((request) => request !== "GET /favicon.ico")).toEqual(["GET /next"]);
  });

  test("follows a popup of its own site and returns when it closes", async () => {
    const site = await serveSite({
      "/": page(`<button onclick="window.open('/popup')">Open</button>`),
      "/popup": page(`<button onclick="window.close()">Close</button>`),
    });
    const { seen } = await play({
      browsers,
      url: site.url,
      agent: [click('button "Open"'), click('button "Close"')],
    });
    await site.close();
    expect(seen.map(({ url }) => url)).toEqual([`${site.url}/`, `${site.url}/popup`, `${site.url}/`]);
  });

  test("dismisses dialogs and refuses downloads", async () => {
    const site = await serveSite({
      "/": page(`<button onclick="this.textContent = 'Answer ' + confirm('Delete it all?')">Ask</button>
        <a href="/file" download>File</a>`),
      "/file": "content",
    });
    const { steps, seen } = await play({
      browsers,
      url: site.url,
      agent: [click('button "Ask"'), click('link "File"')],
    });
    await site.close();
    expect(seen[1]?.snapshot).toContain("Answer false");
    expect(steps[2]?.error).toMatch(/^Downloading file.* was refused/);
  });

  test("waits for what an action brings, slow pages too", async () => {
    const site = await serveSite({
      "/": page(`<a href="/slow">Slow</a>`),
      "/slow": (_, response) =>
        void setTimeout(
          () =>
            response
              .writeHead(200, { "content-type": "text/html" })
              .end(
                page(
                  `<script>fetch("/data").then((r) => r.text()).then((t) => document.body.append(t))</script>`,
                ),
              ),
          1_200,
        ),
      "/data": (_, response) => void setTimeout(() => response.end("Arrived"), 600),
    });
    const { seen } = await play({ browsers, url: site.url, agent: [click('link "Slow"')] });
    await site.close();
    expect(seen[1]?.snapshot).toContain("Arrived");
  });

  test("looks again at a page that is empty at first", async () => {
    const late = `<script>setTimeout(() => document.body.append("Here at last"), 2_000)</script>`;
    const site = await serveSite({ "/": page(late) });
    const { seen } = await play({ browsers, url: site.url, agent: [] });
    await site.close();
    expect(seen[0]?.snapshot).toContain("Here at last");
  });

  test("fails when its start page cannot be opened, and when that leads elsewhere", async () => {
    const other = await serveSite({ "/": page("Elsewhere") });
    const site = await serveSite({
      "/": (_, response) => void response.writeHead(302, { location: other.url }).end(),
    });
    const away = await play({ browsers, url: site.url, agent: [] });
    await Promise.all([site.close(), other.close()]);
    const gone = await play({ browsers, url: site.url, agent: [] });
    expect(away.verdict).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("could not be opened: A redirect led to"),
    });
    expect(gone.verdict).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("ERR_CONNECTION_REFUSED"),
    });
    expect(gone.steps).toHaveLength(1);
  });
});
