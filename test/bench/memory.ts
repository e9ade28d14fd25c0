import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Browser, Page } from "playwright-core";
import { browsers } from "../../app/browser/index.ts";
import { freePort } from "../../app/embedded/port.ts";
import { browsersUnder, ownTemporaryDirectory } from "../app/browser/machine.ts";
import { atEnd } from "../support/at-end.ts";
import { testBrowsers } from "../support/chromium.ts";
import { percentile } from "./bench.ts";
import type { Bench } from "./bench.ts";
import { controlGroup } from "./cgroup.ts";
import { memoryOf, treeOf } from "./process-tree.ts";

const sessions = 10;
const limit = 4 * 1024 ** 3;
const token = "bench-token-of-the-role";
const site = "http://93.184.215.14/";
const never = new AbortController().signal;

/** Ten sessions of the role `browser` at once, beside ten contexts of one browser. */
export const memory: Bench = {
  name: "memory",
  how: `${sessions} sessions of the role browser in a control group of 4 GB, each on a page with 4,000 rows; Linux, as root`,
  async run() {
    const shared = await inOneBrowser();
    const group = controlGroup(limit);
    const temporary = ownTemporaryDirectory();
    const url = await startBrowserRole(group.enter);
    const provider = browsers.remote({ baseURL: url, apiKey: token, maxSeconds: 600, warn: console.warn });
    const launched = [];
    for (let n = 0; n < sessions; n++) launched.push(await provider.launch(never, site));
    await Promise.all(launched.map(({ browser }) => use(browser)));
    const own = browsersUnder(temporary.path)
      .filter((pid, _, all) => all.every((other) => other === pid || !treeOf(other).includes(pid)))
      .map((pid) => memoryOf(treeOf(pid)));
    const working = await Promise.all(launched.map(({ browser }) => isThere(browser)));
    await Promise.all(launched.map(({ close }) => close()));
    temporary.remove();

    const [most, kills] = [percentile(own, 95), group.kills()];
    return [
      {
        what: "memory a session, p95",
        baseline: `${megabytes(shared)} a context in one browser`,
        measured: megabytes(most),
        target: "<= 350 MB",
        met: own.length === sessions && most <= 350,
      },
      { what: "the role with all of them, peak", measured: megabytes(group.peak() / 1024 ** 2) },
      {
        what: "sessions that work at the end",
        measured: `${working.filter(Boolean).length}, ${kills} processes killed`,
        target: `${sessions}, 0 killed`,
        met: working.every(Boolean) && kills === 0,
      },
    ];
  },
};

const megabytes = (value: number) => `${Math.round(value)} MB`;

async function inOneBrowser(): Promise<number> {
  const temporary = ownTemporaryDirectory();
  const { browser, close } = await testBrowsers().launch(never, site);
  for (let n = 0; n < sessions; n++) await use(browser);
  const [root] = browsersUnder(temporary.path);
  const all = memoryOf(treeOf(root!));
  await close();
  temporary.remove();
  return all / sessions;
}

/** A context and what a session does in it: a page, its description, its picture. */
async function use(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.setContent(`<title>Rows</title><table></table><script>
    globalThis.things = Array.from({ length: 150_000 }, (_, id) => ({ id, name: "thing " + id }));
    document.querySelector("table").innerHTML = Array.from({ length: 4_000 }, (_, row) =>
      "<tr><td>" + row + "</td><td><a href='/" + row + "'>Row " + row + "</a></td></tr>").join("");
  </script>`);
  await page.ariaSnapshot({ mode: "ai", timeout: 60_000 });
  await page.screenshot({ timeout: 60_000 });
  return page;
}

const isThere = async (browser: Browser): Promise<boolean> =>
  (await browser.contexts().at(-1)?.pages()[0]?.title()) === "Rows";

async function startBrowserRole(enter: string): Promise<string> {
  const port = await freePort();
  const command = `${enter}exec ${process.execPath} --import tsx app/main.ts browser`;
  const role = spawn("sh", ["-c", command], {
    env: { ...process.env, PORT: String(port), BROWSER_TOKEN: token, BROWSER_SESSIONS: String(sessions) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(async () => {
    role.kill();
    if (role.exitCode === null) await once(role, "exit");
  });
  for await (const line of createInterface(role.stdout)) {
    if (!line.includes('"listening"')) continue;
    role.stdout.resume();
    return `http://127.0.0.1:${port}`;
  }
  throw new Error("The role browser did not start.");
}
