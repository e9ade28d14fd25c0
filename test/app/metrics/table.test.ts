import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { startBrowserServer } from "../../../app/browser/server.ts";
import { backupMetrics } from "../../../app/metrics/backup.ts";
import { workerMetrics } from "../../../app/metrics/worker.ts";
import { serveHealth } from "../../../app/worker/health.ts";
import { createTenant, testApi, testServices } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";

interface Row {
  readonly metric: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly role: string;
  readonly meaning: string;
}

const byName = (rows: readonly Row[]) => rows.toSorted((a, b) => (a.metric < b.metric ? -1 : 1));

async function documented(): Promise<Row[]> {
  const text = await readFile(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `testfarm_"))
    .map((line) => {
      const cells = line.split("|").map((cell) => cell.trim().replaceAll("`", ""));
      const [, metric = "", type = "", labels = "", role = "", meaning = ""] = cells;
      return { metric, type, labels: labels.split(", ").filter(Boolean), role, meaning };
    });
}

/** What a role says about its own metrics. Labels are those of the samples, so each metric needs one. */
async function exposed(role: string, url: string): Promise<Row[]> {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toContain("version=0.0.4");
  const text = await response.text();
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  return [...text.matchAll(/^# HELP (testfarm_\w+) (.*)$/gm)].map(([, metric = "", meaning = ""]) => {
    const [, type = ""] = new RegExp(`^# TYPE ${metric} (\\w+)$`, "m").exec(text) ?? [];
    const [, labels] = new RegExp(`^${metric}(?:_count)?(?:\\{(.*)\\})? \\S+$`, "m").exec(text) ?? [];
    const names = [...(labels ?? "").matchAll(/(\w+)="/g)].map(([, name = ""]) => name);
    return { metric, type, labels: names, role, meaning };
  });
}

async function startApi(): Promise<string> {
  const services = await testServices();
  const { url } = await testApi(services, [await createTenant(services, "Own")]);
  await fetch(`${url}/healthz`);
  return url;
}

async function startHealth(metrics: Parameters<typeof serveHealth>[0]["metrics"]): Promise<string> {
  const { port, close } = await serveHealth({
    port: 0,
    metrics,
    ready: async () => ({}),
    closing: new AbortController().signal,
  });
  atEnd(close);
  return `http://127.0.0.1:${port}`;
}

async function startBrowserRole(): Promise<string> {
  const { port, close } = await startBrowserServer({
    hostname: "127.0.0.1",
    port: 0,
    token: "token-of-the-role-4711",
    launch: () => Promise.reject(new Error("There is no Chromium.")),
    maxRunning: 2,
    maxQueued: 4,
    patience: 1_000,
    shortage: () => undefined,
    log: pino({ level: "silent" }),
  });
  atEnd(() => close(0));
  return `http://127.0.0.1:${port}`;
}

test("docs/metrics.md lists what the roles expose, with type, labels and meaning, and nothing else", async () => {
  const all = [
    ...(await exposed("api", await startApi())),
    ...(await exposed("worker", await startHealth(workerMetrics(2)))),
    ...(await exposed("backup", await startHealth(backupMetrics()))),
    ...(await exposed("browser", await startBrowserRole())),
  ];
  expect(byName(await documented())).toEqual(byName(all));
});
