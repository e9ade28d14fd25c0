import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { browsers } from "../../../app/browser/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { publicSite } from "../../support/browser-conformance.ts";
import { chromium } from "../../support/chromium.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";

const token = "token-of-the-role-4711";

/** A site on this machine, which counts who has asked for it. */
async function startSite() {
  let visits = 0;
  const server = createServer((_, response) => {
    visits += 1;
    response.setHeader("content-type", "text/html").end("<title>Shop</title>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, visits: () => visits };
}

await describeWith(chromium, "browsers whose role has a way out of its own", () => {
  test("reach what the role egress opens, nothing else of this machine, and both roles end in order", async () => {
    const [demo, internal] = [await startSite(), await startSite()];
    const egress = await startRole("egress", { EGRESS_ALLOW: demo.host });
    atEnd(egress.end);
    const role = await startRole("browser", { BROWSER_TOKEN: token, EGRESS_URL: egress.url });
    atEnd(role.end);
    for (const path of ["/healthz", "/readyz"])
      for (const { url } of [egress, role]) expect((await fetch(`${url}${path}`)).status).toBe(200);

    const service = browsers.remote({ baseURL: role.url, apiKey: token, maxSeconds: 60, warn: console.warn });
    const { browser, close } = await service.launch(AbortSignal.timeout(20_000), publicSite);
    const page = await browser.newPage();
    await page.goto(`http://${demo.host}/`);
    expect(await page.title()).toBe("Shop");
    const answer = await page.goto(`http://${internal.host}/`);
    expect(answer?.status()).toBe(403);
    expect(await answer?.text()).toContain("127.0.0.1");
    expect([demo.visits() > 0, internal.visits()]).toEqual([true, 0]);
    await close();
    await vi.waitFor(() => expect(egress.log()).toContain(`${internal.host} is refused`));

    expect(await role.end()).toBe(0);
    expect(await egress.end()).toBe(0);
  }, 60_000);

  test("reach nothing of this machine without a role egress either", async () => {
    const internal = await startSite();
    const role = await startRole("browser", { BROWSER_TOKEN: token });
    atEnd(role.end);
    const service = browsers.remote({ baseURL: role.url, apiKey: token, maxSeconds: 60, warn: console.warn });
    const { browser, close } = await service.launch(AbortSignal.timeout(20_000), publicSite);
    const page = await browser.newPage();
    expect((await page.goto(`http://${internal.host}/`))?.status()).toBe(403);
    expect(internal.visits()).toBe(0);
    await close();
  }, 60_000);
});
