import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { beforeAll, describe, expect, test } from "vitest";
import { openSignIn } from "../../../../app/auth/sign-in.ts";
import { readEvents } from "../../../../app/db/events.ts";
import { openServices } from "../../../../app/services.ts";
import type { Report } from "../../../../infra/promotion/sqlite/import.ts";
import { callerOf, testApi } from "../../../support/api.ts";
import { atEnd } from "../../../support/at-end.ts";
import { nasty, oldTime, pngOf, tenRows } from "../../../support/old-product.ts";
import { ask, directory, emptyPlace, into, rowsOf, screenshots } from "./place.ts";

describe("an imported installation", async () => {
  const place = await emptyPlace();
  const passwords = join(directory, "passwords");
  let report: Report;
  beforeAll(async () => {
    report = await into(place, { passwords });
  });

  const open = async () => {
    const services = await openServices(
      { databaseUrl: place.url, directUrl: place.url, storageDirectory: place.directory },
      pino({ level: "silent" }),
    );
    atEnd(services.close);
    const [member] = await ask(
      place.url,
      `SELECT organization_id AS "orgId", user_id AS "userId", name FROM members JOIN users ON users.id = user_id`,
    );
    const user = member as { orgId: string; userId: string; name: string };
    return { services, user, call: callerOf((await testApi(services, [user])).url, user) };
  };

  test("has what the file has", () => {
    expect(report).toMatchObject({ outcome: "imported", differences: [], isResumed: false });
    expect(report.tables["session_events"]).toMatchObject({ rows: 7 });
  });

  test("lists its sessions: one that had not ended is cancelled, and says why", async () => {
    const { call } = await open();
    const { status, body } = await call("GET", "/api/sessions");
    expect(status).toBe(200);
    expect(body).toMatchObject([
      {
        status: "cancelled",
        reason: "It had not ended in the old product when its database was imported.",
        createdAt: new Date(oldTime + 5_000).toISOString(),
        startedAt: null,
        steps: 0,
      },
      {
        persona: { name: "Visitor", description: nasty, device: "phone" },
        objective: "Find a mug and order it",
        status: "passed",
        reason: nasty.trim(),
        attempt: 1,
        steps: 3,
        findings: { minor: 0, moderate: 0, serious: 1, critical: 0 },
        createdAt: new Date(oldTime).toISOString(),
        startedAt: new Date(oldTime + 1_000).toISOString(),
        endedAt: new Date(oldTime + 60_000).toISOString(),
      },
    ]);
  });

  test("shows a session's events in their order, its findings, and its screenshots as they were", async () => {
    const { call, services, user } = await open();
    const [, session] = (await call("GET", "/api/sessions")).body;
    const events = await readEvents(services.db, user.orgId, { sessionId: session.id, seq: 0 }, 100);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "started"],
      [2, "step"],
      [3, "finding"],
      [4, "step"],
      [5, "step"],
      [6, "ended"],
    ]);
    expect(events[1]).toMatchObject({
      at: new Date(oldTime + 2_000).toISOString(),
      attempt: 1,
      step: 1,
      action: { kind: "goto", url: "https://shop.example/" },
      reasoning: nasty,
      title: nasty,
      milliseconds: 812,
      error: null,
    });
    expect(events[3]).toMatchObject({
      step: 2,
      action: { kind: "fill", ref: "#search", text: nasty },
      tokens: 1_200,
      error: "It did not take it.",
    });
    const findings = (await call("GET", `/api/sessions/${session.id}/findings`)).body;
    expect(findings).toMatchObject([
      {
        kind: "missing-label",
        severity: "serious",
        detail: nasty,
        evidence: { html: "<input>", status: 200 },
      },
    ]);
    for (const [step, name] of [
      [1, "first"],
      [2, "second"],
    ] as const) {
      const { screenshot } = events.find((event) => event.type === "step" && event.step === step) as {
        screenshot: string;
      };
      expect(Buffer.from((await services.storage.get(screenshot))!)).toEqual(pngOf(name));
    }
    const shown = await call("GET", `/api/sessions/${session.id}/screenshots/1`);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
  });

  test("runs its schedules from now on, without those that were missed", async () => {
    const [schedule] = await ask(
      place.url,
      "SELECT paused, cron, next_run_at > now() AS later FROM schedules",
    );
    expect(schedule).toEqual({ paused: false, cron: "0 9 * * 1", later: true });
  });

  test("lets a user in with the first password, which only they can read, and no old hash is anywhere", async () => {
    const [line] = (await readFile(passwords, "utf8")).split("\n");
    const [email, password] = line!.split(" ");
    expect([email, (await stat(passwords)).mode & 0o777]).toEqual(["ada@example.com", 0o600]);
    const { services } = await open();
    const frontendUrl = "http://farm.test";
    const secret = "a secret of more than thirty-two characters";
    const signIn = openSignIn({
      db: services.db,
      secret,
      frontendUrl,
      ownerEmail: undefined,
      bootstrapToken: undefined,
    });
    const answer = await signIn.handle(
      new Request(`${frontendUrl}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: frontendUrl },
        body: JSON.stringify({ email, password }),
      }),
    );
    expect(answer.status).toBe(200);
    expect(JSON.stringify(await ask(place.url, "SELECT * FROM accounts"))).not.toContain("canary-hash");
  });

  test("keeps nothing of the import, and takes no second one", async () => {
    expect(await ask(place.url, "SELECT to_regnamespace('import_sqlite') AS left")).toEqual([{ left: null }]);
    await expect(into(place)).rejects.toThrow(
      'The import of this very file into this database is done: its organization "Acme" was made at 2',
    );
    const other = join(directory, "other.db");
    const old = tenRows(other, screenshots);
    old.run("UPDATE users SET name = 'Grace'");
    old.close();
    await expect(into(place, { file: other })).rejects.toThrow(
      "The database is not empty: 1 in organizations, 1 in users, 1 in members, 1 in personas, 1 in schedules, 2 in sessions, 7 in session_events, 1 in findings.",
    );
  });
});

/** Ten rows, with something done to them. */
function changed(name: string, change: string): string {
  const own = join(directory, `${name}.db`);
  const old = tenRows(own, screenshots);
  old.run(change);
  old.close();
  return own;
}

test("a session's reason is kept as it is, of one that had not ended too", async () => {
  const place = await emptyPlace();
  await into(place, {
    file: changed("reasons", "UPDATE sessions SET reason = iif(id = 40, ' the shop' || char(10), 'waiting')"),
  });
  expect(await ask(place.url, "SELECT reason FROM sessions ORDER BY created_at")).toEqual([
    { reason: " the shop\n" },
    {
      reason: "It had not ended in the old product when its database was imported. Its reason there: waiting",
    },
  ]);
});

describe("a session of more rows than are held at a time", () => {
  const file = changed(
    "long",
    `WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 2200)
     INSERT INTO actions SELECT 10000 - i, 40, i, 'click', '{"ref":"e' || i || '"}', 'Click', NULL, NULL,
       'https://shop.example/', 'Shop', 1, NULL, NULL, NULL, ${oldTime} + 3000 + i FROM n;
     UPDATE actions SET screenshot = '${pngOf("late").toString("base64")}' WHERE step = 1500;
     INSERT INTO findings SELECT 2, 40, 2200, kind, severity, title, detail, url, evidence, created_at + 20000 FROM findings;
     UPDATE sessions SET status = 'running', ended_at = NULL WHERE id = 40`,
  );

  test("is written whole, in its order", async () => {
    const place = await emptyPlace();
    expect(await into(place, { file })).toMatchObject({ outcome: "imported", differences: [] });
    const [session] = await ask(
      place.url,
      `SELECT steps, last_seq AS last, ended_at AS ended FROM sessions WHERE started_at IS NOT NULL`,
    );
    expect(session).toEqual({ steps: 2_200, last: 2_204, ended: new Date(oldTime + 22_500) });
    expect(
      await ask(
        place.url,
        `SELECT count(*)::int AS steps FROM session_events WHERE type = 'step'
         AND seq = (payload ->> 'step')::int + CASE WHEN (payload ->> 'step')::int > 1 THEN 2 ELSE 1 END`,
      ),
    ).toEqual([{ steps: 2_200 }]);
  });

  test("is not written where it is ended in the middle, and goes on", async () => {
    const place = await emptyPlace();
    const stop = new AbortController();
    let [puts, events] = [0, Number.NaN];
    const pictures: typeof place.pictures = {
      ...place.pictures,
      async put(key, body) {
        if (++puts === 3) {
          events = await rowsOf(place.url, "session_events");
          stop.abort();
        }
        await place.pictures.put(key, body);
      },
    };
    await expect(into({ ...place, pictures }, { file }, stop.signal)).rejects.toThrow(/abort/);
    expect([events, await rowsOf(place.url, "session_events")]).toEqual([0, 0]);
    expect(await into(place, { file })).toMatchObject({ outcome: "imported", isResumed: true });
  });
});
