import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { beginAttempt, failAttempt, writeEvent, writeFinding } from "../../../app/db/attempts.ts";
import type { Finding, Session } from "../../../app/contract.ts";
import type { OpenServices } from "../../../app/services.ts";
import { pictureKey } from "../../../app/storage/contract.ts";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";

let services: OpenServices;
let tenant: Tenant;
let other: Tenant;
let call: ReturnType<typeof callerOf>;
let input: { url: string; objective: string; personaId: string };

beforeAll(async () => {
  services = await testServices();
  [tenant, other] = [await createTenant(services, "Own"), await createTenant(services, "Other")];
  const { url } = await testApi(services, [tenant, other]);
  call = callerOf(url, tenant);
  input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
});

const start = async (): Promise<Session> => (await call("POST", "/api/sessions", input)).body;
const jobOf = ({ id }: Session) => ({ orgId: tenant.orgId, sessionId: id });
const image = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const finding = (fingerprint: string, severity: Finding["severity"]): Finding => ({
  fingerprint,
  kind: "accessibility",
  severity,
  title: "The search field has no label",
  detail: "Nobody knows what it is for.",
  url: "http://shop.test/",
  evidence: { selector: "input" },
});

const step = (number: number, screenshot: string | null) =>
  ({
    type: "step",
    step: number,
    action: { kind: "back" },
    description: "Go back",
    reasoning: "Nothing else to do",
    url: "http://shop.test/",
    title: "Shop",
    milliseconds: 5,
    error: null,
    screenshot,
  }) as const;

describe("starting a session", () => {
  test("takes a user name and a password for the site, and tells nobody", async () => {
    const url = "https://staging:canary-password@shop.test/";
    const started = await call("POST", "/api/sessions", { ...input, url });
    expect(started.body.url).toBe("https://shop.test/");
    const schedule = { ...input, url, cron: "0 9 * * *", timezone: "UTC", overlap: "skip" };
    expect((await call("POST", "/api/schedules", schedule)).body.url).toBe("https://shop.test/");
    const begun = await beginAttempt(services.db, jobOf(started.body));
    expect(begun!.task.url).toBe(url);
  });

  test("answers with the session, waiting, and puts it into the queue", async () => {
    const { status, body } = await call("POST", "/api/sessions", input);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      persona: {
        id: tenant.personaId,
        name: "First-time visitor",
        description: "Has never been here.",
        device: "desktop",
      },
      url: input.url,
      objective: input.objective,
      status: "queued",
      reason: null,
      attempt: 1,
      steps: 0,
      findings: { minor: 0, moderate: 0, serious: 0, critical: 0 },
      queuePosition: expect.any(Number),
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      startedAt: null,
      endedAt: null,
    });
    expect(await services.queue.holds(jobOf(body))).toBe(true);
  });

  test("tells how many sessions wait ahead of it", async () => {
    const [first, second] = [await start(), await start()];
    expect(second.queuePosition).toBe(first.queuePosition! + 1);
    await call("POST", `/api/sessions/${first.id}/cancel`);
    expect((await call("GET", `/api/sessions/${second.id}`)).body.queuePosition).toBe(first.queuePosition);
  });

  test("with the same Idempotency-Key twice starts one session", async () => {
    const key = { "idempotency-key": randomUUID() };
    const first = await call("POST", "/api/sessions", input, key);
    const again = await call("POST", "/api/sessions", input, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.id).toBe(first.body.id);
  });

  test("with a used Idempotency-Key and another input is refused", async () => {
    const key = { "idempotency-key": randomUUID() };
    await call("POST", "/api/sessions", input, key);
    const { status, body } = await call("POST", "/api/sessions", { ...input, objective: "Buy a hat" }, key);
    expect(status).toBe(409);
    expect(body.error).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("Idempotency-Key"),
    });
  });

  test("names every field that is wrong", async () => {
    const { status, body } = await call("POST", "/api/sessions", {
      url: "file:///etc/passwd",
      objective: " ",
    });
    expect(status).toBe(400);
    expect(body.error.code).toBe("invalid_input");
    expect(body.error.issues.map(({ path }: { path: string }) => path)).toEqual([
      "url",
      "objective",
      "personaId",
    ]);
    expect(body.error.issues[0].message).toBe("must be an http or https address");
  });

  test.each([
    ["unknown", () => randomUUID()],
    ["another organization's", () => other.personaId],
  ])("with an %s persona is refused", async (_, personaId) => {
    const { status, body } = await call("POST", "/api/sessions", { ...input, personaId: personaId() });
    expect(status).toBe(400);
    expect(body.error.issues).toEqual([
      { path: "personaId", message: "names no persona of this organization" },
    ]);
  });

  test("needs JSON, so that no form of another site can start one", async () => {
    const { status, body } = await call("POST", "/api/sessions", input, { "content-type": "text/plain" });
    expect(status).toBe(415);
    expect(body.error).toEqual({ code: "refused", message: expect.any(String) });
  });
});

describe("reading a session", () => {
  test("the list has the newest first", async () => {
    const [older, newer] = [await start(), await start()];
    const { body } = await call("GET", "/api/sessions?limit=2");
    expect(body.map(({ id }: Session) => id)).toEqual([newer.id, older.id]);
  });

  test("counts its steps and findings, and gives the findings, the most severe first", async () => {
    const session = await start();
    const attempt = (await beginAttempt(services.db, jobOf(session)))!;
    await writeEvent(services.db, attempt, step(1, null));
    const findings = [finding("a", "minor"), finding("b", "critical"), finding("c", "minor")];
    for (const each of findings) await writeFinding(services.db, attempt, 1, each);

    expect((await call("GET", `/api/sessions/${session.id}`)).body).toMatchObject({
      status: "running",
      steps: 1,
      queuePosition: null,
      startedAt: expect.any(String),
      findings: { minor: 2, moderate: 0, serious: 0, critical: 1 },
    });
    const [critical, ...minor] = (await call("GET", `/api/sessions/${session.id}/findings`)).body;
    expect(critical).toEqual(findings[1]);
    expect(minor).toEqual([findings[0], findings[2]]);
  });

  test("serves a step's picture of the newest attempt that has it", async () => {
    const session = await start();
    for (const content of ["first", "second"]) {
      const attempt = (await beginAttempt(services.db, jobOf(session)))!;
      const picture = Buffer.concat([image, Buffer.from(content)]);
      const key = pictureKey({ ...attempt, step: 1 }, picture);
      await services.storage.put(key, picture);
      await writeEvent(services.db, attempt, step(1, key));
      await failAttempt(services.db, attempt);
    }
    const { status, headers, body } = await call("GET", `/api/sessions/${session.id}/screenshots/1`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("image/png");
    expect(body).toContain("second");
    expect((await call("GET", `/api/sessions/${session.id}/screenshots/2`)).status).toBe(404);
  });
});

describe("ending a session", () => {
  test("that waits cancels it and says why; a second time changes nothing", async () => {
    const session = await start();
    const first = await call("POST", `/api/sessions/${session.id}/cancel`);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      status: "cancelled",
      reason: "Cancelled by a user.",
      endedAt: expect.any(String),
    });
    expect((await call("POST", `/api/sessions/${session.id}/cancel`)).body).toEqual(first.body);
  });

  test("by deleting it removes its rows and its pictures, and leaves other sessions alone", async () => {
    const [session, kept] = [await start(), await start()];
    const keys = [];
    for (const each of [session, kept]) {
      const attempt = (await beginAttempt(services.db, jobOf(each)))!;
      const key = pictureKey({ ...attempt, step: 1 }, image);
      keys.push(key);
      await services.storage.put(key, image);
      await writeEvent(services.db, attempt, step(1, key));
      await writeFinding(services.db, attempt, 1, finding("a", "minor"));
    }
    expect((await call("DELETE", `/api/sessions/${session.id}`)).status).toBe(204);
    expect((await call("GET", `/api/sessions/${session.id}`)).status).toBe(404);
    expect(await services.storage.get(keys[0]!)).toBeUndefined();
    expect(await services.storage.get(keys[1]!)).toBeDefined();
    expect((await call("GET", `/api/sessions/${kept.id}/findings`)).body).toHaveLength(1);
    expect((await call("DELETE", `/api/sessions/${session.id}`)).status).toBe(404);
  });
});
