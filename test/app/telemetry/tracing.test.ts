import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import { startTracing } from "../../../app/telemetry/tracing.ts";
import { atEnd } from "../../support/at-end.ts";
import { chromium } from "../../support/chromium.ts";
import { startRole, type RoleProcess } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";
import { acts, apiKey, says, serveMessages } from "../agent/messages-api.ts";
import { install } from "../../support/installation.ts";
import { startCollector, type Received } from "./collector.ts";

/** What this process has loaded of it. */
const { cache } = createRequire(import.meta.url);
const sdk = () => Object.keys(cache).filter((path) => path.includes("/sdk-trace-node/"));

test("without a collector nothing of the SDK is loaded", async () => {
  const { close } = await startTracing("api", {}, console.warn);
  await close();
  expect(sdk()).toEqual([]);
  const there = { OTEL_EXPORTER_OTLP_ENDPOINT: (await startCollector()).url };
  await (await startTracing("api", there, console.warn)).close();
  expect(sdk()).not.toEqual([]);
});

type Tree = readonly [name: string, ...children: Tree[]];

/** A span and those below it, by their names in the order in which they began. */
function treeOf(spans: readonly Received[], root: Received): Tree {
  const children = spans
    .filter(({ parentSpanId }) => parentSpanId === root.spanId)
    .toSorted((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)));
  return [root.name, ...children.map((child) => treeOf(spans, child))];
}

/** API and worker of one installation, and a session of four steps that goes through both. */
async function runSession(endpoint: { readonly api: string; readonly worker: string }) {
  const model = await serveMessages(
    acts({ kind: "fill", ref: "e99", text: "typed-canary" }),
    acts({ kind: "resize", device: "phone" }),
    says({
      input: { reasoning: "Seen enough.", action: { kind: "end", passed: true, reason: "said-canary" } },
    }),
  );
  atEnd(model.close);
  const { env, headers, personaId, events } = await install();
  const own = {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-collector",
    OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3",
  };
  const settings = { ...env, ...own, ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: model.url };
  const [api, worker] = await Promise.all(
    (["api", "worker"] as const).map((role) =>
      startRole(role, { ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint[role] }),
    ) as [Promise<RoleProcess>, Promise<RoleProcess>],
  );
  const answer = await fetch(`${api.url}/api/sessions?token=query-canary`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "x-request-id": "from-the-test" },
    // The filter before the browser answers in place of the site: this machine is none that may be visited.
    body: JSON.stringify({
      url: "http://127.0.0.1:8088/?q=site-canary",
      objective: "Look around",
      personaId,
    }),
  });
  expect(answer.status).toBe(201);
  const { id: sessionId } = (await answer.json()) as { id: string };
  await vi.waitFor(async () => expect((await events(sessionId)).at(-1)?.type).toBe("ended"), {
    timeout: 60_000,
    interval: 100,
  });
  expect((await events(sessionId)).at(-1)).toMatchObject({ status: "passed" });
  const exits = await Promise.all([api.end(), worker.end()]);
  return { sessionId, api, worker, exits };
}

const linesOf = (log: string) => log.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);

await describeWith(chromium, "a session", () => {
  test("is one trace, from the request over the queue to each part of its steps", async () => {
    const collector = await startCollector();
    const { sessionId, api, worker, exits } = await runSession({ api: collector.url, worker: collector.url });
    expect(exits).toEqual([0, 0]);

    const root = collector.spans.find(({ name }) => name === "POST /api/sessions")!;
    expect(root.parentSpanId).toBe("");
    const spans = collector.spans.filter(({ traceId }) => traceId === root.traceId);
    const think: Tree = ["think", ["anthropic.messages.create"]];
    const step = (...parts: string[]): Tree => [
      "step",
      ...parts.map((part): Tree => (part === "think" ? think : [part])),
    ];
    const attempt: Tree = [
      "attempt",
      ["browser"],
      step("act", "record"),
      step("look", "think", "act", "record"),
      step("look", "think", "act", "record"),
      step("look", "think"),
    ];
    const consumed = spans.find((span) => span.name === "process sessions")!;
    expect(treeOf(spans, consumed)).toContainEqual(attempt);
    const added = spans.find(({ name }) => name === "add sessions.run")!;
    expect([consumed.parentSpanId, added.parentSpanId]).toEqual([added.spanId, root.spanId]);

    const named = (wanted: string) => spans.filter((span) => span.name === wanted);
    expect(root.resource).toMatchObject({
      "service.name": "testfarm-api",
      "service.version": "1.2.3",
      "service.instance.id": expect.stringContaining("-"),
    });
    expect(root.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/api/sessions",
      "http.response.status_code": 201,
    });
    expect(named("attempt")[0]).toMatchObject({
      attributes: { "testfarm.session.id": sessionId, "testfarm.attempt.end": "passed" },
      resource: { "service.name": "testfarm-worker" },
    });
    const numbers = named("step").map(({ attributes }) => Number(attributes["testfarm.step"]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    expect(named("act").map(({ attributes }) => attributes)).toEqual([
      { "testfarm.action": "goto", "testfarm.action.failed": false },
      { "testfarm.action": "fill", "testfarm.action.failed": true },
      { "testfarm.action": "resize", "testfarm.action.failed": false },
    ]);

    // What the log says of the session is found by the trace, and the other way round.
    const request = linesOf(api.log()).find(
      ({ msg, requestId }) => msg === "request" && requestId === "from-the-test",
    );
    expect(request).toMatchObject({ traceId: root.traceId });
    const lines = linesOf(worker.log()).filter((line) => line["sessionId"] === sessionId);
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["session runs", "session ended"]));
    for (const line of lines) expect(line).toMatchObject({ attempt: 1, traceId: root.traceId });

    const sent = Buffer.concat(collector.bodies).toString("latin1");
    expect(sent).toContain(sessionId);
    for (const canary of ["query", "site", "typed", "said"]) expect(sent).not.toContain(`${canary}-canary`);
    expect(collector.spans.map((span) => span.name)).not.toContain("getNextJob sessions");
    expect(collector.headers[0]).toMatchObject({ authorization: "Bearer of-the-collector" });
  }, 180_000);

  test("passes, and its processes end in order, with a collector that is not there or never answers", async () => {
    const away = { api: `http://127.0.0.1:${await freePort()}`, worker: await silentCollector() };
    const { api, worker, exits } = await runSession(away);
    expect(exits).toEqual([0, 0]);
    expect(api.errors() + worker.errors()).toBe("");
    expect(api.log() + worker.log()).toContain("Traces are lost: the collector does not take them.");
  }, 180_000);
});

async function silentCollector(): Promise<string> {
  const server = createServer(() => undefined);
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
