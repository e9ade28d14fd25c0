import { expect, test } from "vitest";
import { explorer } from "../../../app/agent/explorer.ts";
import type { Persona } from "../../../app/contract.ts";
import type { BrowserProvider } from "../../../app/browser/contract.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { play, type Played } from "../session/play.ts";
import { page, serveSite } from "../session/site.ts";

const persona: Persona = { id: "p", name: "Tester", description: "A tester.", device: "desktop" };

const explore = (browsers: BrowserProvider, url: string, objective: string, maxSteps = 25): Promise<Played> =>
  play({ browsers, url, objective, agent: explorer({ url, objective, persona }), budget: { maxSteps } });

const wayOf = ({ steps }: Played) =>
  steps.map(({ description, url, reasoning }) => [description, url, reasoning]);

/** What was done, and where: the page without its references, with every figure alike. */
const doneOn = ({ seen, steps }: Played) =>
  steps.slice(1).map(({ description }, index) => {
    const { url, snapshot } = seen[index]!;
    const state = snapshot
      .replaceAll(/ \[(ref=\w+|active|cursor=pointer)\]|: .*$/gm, "")
      .replaceAll(/\d+/g, "0");
    return `${url}\n${state}\n${description}`;
  });

await describeWith(chromium, "the explorer", (browsers) => {
  test("takes the same way through the demo shop twice, and does nothing twice in the same place", async () => {
    const shop = await serveDemoSite({ port: 0 });
    const first = await explore(browsers, shop.url, "Buy a blue mug");
    const second = await explore(browsers, shop.url, "Buy a blue mug");
    await shop.close();
    expect(first.verdict).toEqual({
      status: "passed",
      reason: expect.stringContaining("“Order placed”"),
    });
    expect(wayOf(second)).toEqual(wayOf(first));
    expect(second.verdict).toEqual(first.verdict);
    expect(new Set(doneOn(first)).size).toBe(first.steps.length - 1);
  }, 120_000);

  test.each([
    ["with a basket that is lost", "Buy a blue mug", "/checkout", 9],
    ["in the middle of looking around", "Look around", "/about", 3],
  ])(
    "goes on from a hand-over %s, to the end",
    async (_, objective, path, step) => {
      const shop = await serveDemoSite({ port: 0 });
      const url = shop.url;
      const history = ["/", "/products/blue-mug", path].map((each) => ({
        description: `Open ${each}`,
        error: null,
        url: `${url}${each}`,
      }));
      const { verdict, steps } = await play({
        browsers,
        url,
        objective,
        agent: explorer({ url, objective, persona }),
        checkpoint: { step, history, spent: { tokens: 0, milliseconds: 0 } },
        budget: { maxMilliseconds: 100_000 },
      });
      await shop.close();
      expect(verdict.status).toBe("passed");
      expect(steps[0]?.step).toBe(step + 1);
      const pages = steps.map((each) => new URL(each.url).pathname);
      // What was seen before the hand-over is known to somebody who looks around.
      expect(pages.includes("/products/blue-mug")).toBe(objective !== "Look around");
    },
    120_000,
  );

  test("does again what did not come about: a page that was not loaded, and a button that could not be clicked", async () => {
    let orders = 0;
    let isReady = false;
    const site = await serveSite({
      "/": (_, response) => {
        // What is in the way the first time is gone the next time.
        const curtain = isReady ? "" : `<div style="position: fixed; inset: 0"></div>`;
        isReady = true;
        response
          .writeHead(200, { "content-type": "text/html" })
          .end(
            page(
              `<a href="/checkout">Go to checkout</a>${curtain}<script>setTimeout(() => document.querySelector("div")?.remove(), 7_000)</script>`,
            ),
          );
      },
      "/checkout": page(
        `<form method="post" action="/orders"><label>Name <input name="name"></label><button>Place order</button></form>`,
      ),
      "/orders": (_, response) => {
        // Chromium itself asks once more where a connection that it had already breaks.
        if (++orders <= 2) response.destroy();
        else
          response
            .writeHead(200, { "content-type": "text/html" })
            .end(page("<h1>Thank you for your order</h1>"));
      },
    });
    const { verdict, steps } = await explore(browsers, site.url, "Order something");
    await site.close();
    expect(steps.map(({ error }) => error).filter((error) => error !== null)).toEqual([
      expect.stringContaining("intercepts pointer events"),
      expect.stringContaining("could not be loaded"),
    ]);
    expect(verdict.status).toBe("passed");
    expect(orders).toBe(3);
  }, 120_000);

  test("looks at every page when it is asked to look around, and says how many there were", async () => {
    const site = await serveSite({
      "/": page(`<a href="/a">A</a><a href="/b">B</a>`),
      "/a": page(`<a href="/">Home</a><button onclick="this.textContent = 'Less'">More</button>`),
      "/b": page(`<a href="/c">C</a>`),
      "/c": page("<p>Nothing leads on from here.</p>"),
    });
    const played = await explore(browsers, site.url, "Look around");
    await site.close();
    expect(played.verdict).toEqual({
      status: "passed",
      reason: "Looked at 4 pages: all that can be reached.",
    });
    expect(new Set(doneOn(played)).size).toBe(played.steps.length - 1);
  }, 60_000);

  test("says so when it has tried all there is and the objective is not reached", async () => {
    const site = await serveSite({ "/": page(`<a href="/a">Mugs</a>`), "/a": page("<p>Sold out.</p>") });
    const { verdict } = await explore(browsers, site.url, "Buy a mug");
    await site.close();
    expect(verdict).toEqual({
      status: "failed",
      reason: "Tried all that 2 pages offer; none says that the objective is reached.",
    });
  }, 60_000);

  test("judges by what it saw when its steps are used up", async () => {
    const site = await serveSite({
      "/": page(`<a href="/a">A</a><a href="/b">B</a>`),
      "/a": page("A"),
      "/b": page("B"),
    });
    const around = await explore(browsers, site.url, "Look around", 2);
    const buying = await explore(browsers, site.url, "Buy a mug", 2);
    await site.close();
    expect(around.verdict).toEqual({ status: "passed", reason: "Looked at 2 pages; 2 steps are used up." });
    expect(buying.verdict).toEqual({
      status: "failed",
      reason: "2 steps on 2 pages did not reach the objective.",
    });
  }, 60_000);
});
