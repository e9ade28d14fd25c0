import { expect, test } from "vitest";
import { atEnd } from "../support/at-end.ts";
import { chromium } from "../support/chromium.ts";
import { install } from "../support/installation.ts";
import { startRole } from "../support/role-process.ts";
import { describeWith } from "../support/services.ts";

/** What it answers at both addresses of this machine: private networks of platforms speak IPv6, containers IPv4. */
async function answersOf(role: Parameters<typeof startRole>[0], env: Readonly<Record<string, string>>) {
  const { port, end } = await startRole(role, env);
  atEnd(end);
  return Promise.all(
    ["[::1]", "127.0.0.1"].map(async (host) => (await fetch(`http://${host}:${port}/healthz`)).status),
  );
}

test("API, worker and way out answer on IPv6 and on IPv4", async () => {
  const { env } = await install();
  expect(await answersOf("api", env)).toEqual([200, 200]);
  expect(await answersOf("worker", env)).toEqual([200, 200]);
  expect(await answersOf("egress", {})).toEqual([200, 200]);
}, 60_000);

await describeWith(chromium, "browsers", () => {
  test("answer on IPv6 and on IPv4", async () => {
    const token = "token-of-the-role-4711";
    expect(await answersOf("browser", { BROWSER_TOKEN: token })).toEqual([200, 200]);
  }, 60_000);
});
