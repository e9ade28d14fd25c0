import { createServer } from "node:http";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { browserbase } from "../../../app/browser/browserbase.ts";
import type { BrowserProvider } from "../../../app/browser/contract.ts";
import { browsers } from "../../../app/browser/index.ts";
import { browserPool } from "../../../app/browser/pool.ts";
import { publicOnly } from "../../../app/egress/policy.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../../support/at-end.ts";
import { publicSite, testBrowserProvider } from "../../support/browser-conformance.ts";
import { startBrowserbase } from "../../support/browserbase.ts";
import { chromium, testBrowsers } from "../../support/chromium.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";

const token = "token-of-the-role-4711";
const [key, projectId] = ["bb_live_key", "5b1b7f0c-0000-4000-8000-000000000000"];
const warn = vi.fn<(message: string) => void>();
const everywherePublic = {
  ...publicOnly,
  resolve: () => Promise.resolve([{ address: "93.184.215.14", family: 4 }]),
};
const never = () => new AbortController().signal;
const ofRole = (baseURL: string, apiKey = token) =>
  browsers.remote({ ...browserPool({ baseURL, apiKey }), maxSeconds: 600, warn });
const ofBrowserbase = (baseURL: string, apiKey = key): BrowserProvider =>
  browsers.remote({
    ...browserbase({ baseURL, apiKey, projectId, region: "eu-central-1" }),
    maxSeconds: 600,
    warn,
  });

/** Of this test's temporary directory. */
const isBrowser = (pid: string) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`--user-data-dir=${process.env["TMPDIR"]}`);
  } catch {
    // It has ended since.
    return false;
  }
};

await describeWith(chromium, "browsers of this process", () => {
  testBrowserProvider(async () => ({
    browsers: testBrowsers(),
    refusing: browsers.local({ executablePath: "/nowhere/chromium", warn: () => undefined }),
    refusal: /PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH is "\/nowhere\/chromium".*unset it/s,
    close: () => Promise.resolve(),
  }));
});

await describeWith(chromium, "browsers of the role, over the network", () => {
  let role: Awaited<ReturnType<typeof startRole>>;
  testBrowserProvider(async () => {
    role = await startRole("browser", {
      BROWSER_TOKEN: token,
      BROWSER_SESSIONS: "2",
      ANTHROPIC_API_KEY: "canary-7f3a",
    });
    return {
      browsers: ofRole(role.url),
      refusing: ofRole(role.url, "token-of-another-role"),
      refusal: /gave no browser: X-BB-API-Key is not the token of this role\. Set BROWSER_TOKEN/,
      close: async () => void (await role.end()),
    };
  });

  test("no browser has the token or another secret in its environment, and no log has the token", async () => {
    const { close } = await ofRole(role.url).launch(never(), publicSite);
    const programs = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isBrowser(name));
    expect(programs.length).toBeGreaterThan(0);
    for (const program of programs)
      expect(readFileSync(`/proc/${program}/environ`, "utf8")).not.toMatch(/token-of-the-role|canary-7f3a/);
    await close();
    await vi.waitFor(() => expect(role.log()).toContain("browser ended"));
    expect(role.log()).not.toContain(token);
  });

  test("a launch that finds every place taken waits for one", async () => {
    // With one place the machine is not asked how busy it is.
    const small = await startRole("browser", { BROWSER_TOKEN: token, BROWSER_SESSIONS: "1" });
    const one = await ofRole(small.url).launch(never(), publicSite);
    const other = ofRole(small.url).launch(never(), publicSite);
    await vi.waitFor(async () => {
      expect(await (await fetch(`${small.url}/pressure`)).json()).toMatchObject({
        isAvailable: false,
        running: 1,
        queued: 1,
        reason: "full",
      });
    });
    await one.close();
    await (await other).close();
    await small.end();
  });
});

await describeWith(chromium, "a browser whose role is told to end", () => {
  test("says that it is leaving and works on, and the role ends in order as soon as it is closed", async () => {
    const role = await startRole("browser", { BROWSER_TOKEN: token, BROWSER_SESSIONS: "1" });
    const { browser, close, leaving } = await ofRole(role.url).launch(never(), publicSite);
    const page = await browser.newPage();
    expect(leaving?.aborted).toBe(false);
    const ended = role.end();
    await vi.waitFor(() => expect(leaving?.aborted).toBe(true), { timeout: 3_000, interval: 20 });
    await expect(ofRole(role.url).launch(AbortSignal.timeout(500), publicSite)).rejects.toThrow(/timeout/);
    // Longer than a worker needs to hear of it and to give up a step.
    await sleep(14_000);
    await page.setContent("<title>Hello</title>");
    expect(await page.title()).toBe("Hello");
    const closing = performance.now();
    await close();
    expect(await ended).toBe(0);
    expect(performance.now() - closing).toBeLessThan(5_000);
    expect(role.errors()).toBe("");
    expect(warn).not.toHaveBeenCalled();
  }, 60_000);
});

await describeWith(chromium, "browsers of Browserbase", () => {
  let service: Awaited<ReturnType<typeof startBrowserbase>>;
  testBrowserProvider(async () => {
    service = await startBrowserbase(key, projectId);
    return {
      browsers: ofBrowserbase(service.url),
      refusing: ofBrowserbase(service.url, "bb_revoked_key"),
      refusal: /gave no browser: Unauthorized: invalid API key/,
      close: () => service.close(),
    };
  });

  test("are asked for as its published contract says, and every one is released", async () => {
    const { close } = await ofBrowserbase(service.url).launch(never(), publicSite);
    await close();
    expect(service.created.at(-1)).toEqual({
      projectId,
      region: "eu-central-1",
      keepAlive: false,
      timeout: 600,
    });
    expect(service.refused).toEqual([]);
    await vi.waitFor(() => expect(new Set(service.statuses())).toEqual(new Set(["COMPLETED"])));
    expect(warn).not.toHaveBeenCalled();
  });

  test("are waited for while there are too many, as long as the launch may take", async () => {
    service.refuseNext(1);
    const { close } = await ofBrowserbase(service.url).launch(never(), publicSite);
    await close();
    service.refuseNext(100);
    const launch = ofBrowserbase(service.url).launch(AbortSignal.timeout(300), publicSite);
    await expect(launch).rejects.toThrow(/timeout/);
    service.refuseNext(0);
  });

  test("are not asked for when the site is none of the Internet", async () => {
    const before = service.created.length;
    const launch = ofBrowserbase(service.url).launch(never(), "http://169.254.169.254/");
    await expect(launch).rejects.toThrow("169.254.169.254 is refused: it is link-local.");
    expect(service.created).toHaveLength(before);
  });
});

describe("a service for browsers", () => {
  test.each([
    ["https://www.example.com/", { browserSettings: { allowedDomains: ["example.com"] } }],
    ["https://shop.example.com/", { browserSettings: { allowedDomains: ["shop.example.com"] } }],
    [publicSite, {}],
  ])("at Browserbase keeps the pages of a session for %s with %j", async (site, parameters) => {
    const { parametersFor } = browserbase({ apiKey: key, projectId, policy: everywherePublic });
    expect(await parametersFor?.(site)).toEqual(parameters);
  });

  test("that does not answer is named", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expect(ofRole(url).launch(never(), publicSite)).rejects.toThrow(
      new RegExp(`${url} gave no browser: .*ECONNREFUSED`),
    );
  });

  test("that hands out a dead address has its session released, and the address stays secret", async () => {
    const released: string[] = [];
    const server = createServer((request, response) => {
      if (request.method === "POST" && request.url !== "/v1/sessions") released.push(request.url ?? "");
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "s1", connectUrl: "ws://127.0.0.1:9/secret-7f3a" }));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    atEnd(() => server.close());
    const failure = await ofRole(`http://127.0.0.1:${port}`)
      .launch(never(), publicSite)
      .catch((error: Error) => error);
    expect(String(failure)).toMatch(/could not be connected to/);
    expect(String(failure)).not.toContain("secret-7f3a");
    expect(released).toEqual(["/v1/sessions/s1"]);
  });
});
