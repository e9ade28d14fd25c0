import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { readEnv } from "../../../app/env.ts";
import { workerTools } from "../../../app/worker/tools.ts";
import { atEnd } from "../../support/at-end.ts";
import { publicSite } from "../../support/browser-conformance.ts";

/** A service that gives no browser and keeps what it was asked for. */
async function startService() {
  const asked: { readonly key: unknown; readonly body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    asked.push({ key: request.headers["x-bb-api-key"], body: JSON.parse(await text(request)) });
    response.writeHead(400, { "content-type": "application/json" }).end('{"message":"not today"}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const launchWith = (source: NodeJS.ProcessEnv) =>
  workerTools(readEnv("all", source), () => undefined).browsers.launch(
    new AbortController().signal,
    publicSite,
  );

const nowhere = { PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH: "/nowhere/chromium" };
const browserbase = { BROWSERBASE_API_KEY: "bb_live_key", BROWSERBASE_PROJECT_ID: "project" };

test("without a setting browsers are launched on this machine", async () => {
  await expect(launchWith(nowhere)).rejects.toThrow(/PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH/);
});

test("BROWSER_URL takes them from that role, even beside Browserbase, for no longer than a session may take", async () => {
  const { url, asked } = await startService();
  const role = { BROWSER_URL: url, BROWSER_TOKEN: "token-of-the-role" };
  await expect(launchWith({ ...nowhere, ...browserbase, ...role })).rejects.toThrow(
    `${url} gave no browser: not today`,
  );
  expect(asked).toEqual([{ key: "token-of-the-role", body: { keepAlive: false, timeout: 360 } }]);
});

test("BROWSERBASE_API_KEY takes them from Browserbase, in the region and at the address that are set", async () => {
  const { url, asked } = await startService();
  const settings = { ...browserbase, BROWSERBASE_BASE_URL: url, BROWSERBASE_REGION: "ap-southeast-1" };
  await expect(launchWith({ ...nowhere, ...settings })).rejects.toThrow(`${url} gave no browser: not today`);
  const body = { projectId: "project", region: "ap-southeast-1", keepAlive: false, timeout: 360 };
  expect(asked).toEqual([{ key: "bb_live_key", body }]);
});
