import { setTimeout as sleep } from "node:timers/promises";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { beforeEach, expect, test } from "vitest";
import { describeError } from "../../../app/telemetry/error.ts";
import { createLog, inCourseOf } from "../../../app/telemetry/log.ts";

const lines: string[] = [];
const log = createLog("worker", "debug", { write: (line) => void lines.push(line) });
beforeEach(() => void lines.splice(0));

const refused = Object.assign(new Error("WRONGPASS invalid username-password pair"), {
  command: { name: "auth", args: ["app", "canary"] },
});
const query = new DrizzleQueryError("select * from auth_sessions where token = $1", ["canary"], refused);
const address = new Error("connect to postgres://app:canary@db.internal:5432/testfarm");

test.each([
  ["a query without its values", query, "A query failed: WRONGPASS invalid username-password pair"],
  ["a cause without its command", new Error("No Redis.", { cause: refused }), "WRONGPASS"],
  ["several errors by their first", new AggregateError([address, refused], "No database."), "No database."],
  ["an address without its credentials", address, "postgres://db.internal:5432/testfarm"],
  ["what is no error", "https://app:canary@shop.test/ is away", "https://shop.test/"],
])("tells %s, in the log and on the terminal", (_, error, told) => {
  log.warn({ err: error }, "failed");
  for (const text of [lines.join(), describeError(error)]) {
    expect(text).toContain(told);
    expect(text).not.toContain("canary");
  }
});

test("keeps where an error comes from, and its code", () => {
  log.warn({ err: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) }, "failed");
  const { err } = JSON.parse(lines[0]!) as { err: { code: string; stack: string } };
  expect(err).toMatchObject({ type: "Error", message: "refused", code: "ECONNREFUSED" });
  expect(err.stack).toContain("log.test.ts");
});

test("takes the credentials out of addresses wherever they stand in a line", () => {
  log.info({ url: "https://app:canary@shop.test/" }, "opens redis://:canary@cache:6379");
  expect(JSON.parse(lines[0]!)).toMatchObject({ url: "https://shop.test/", msg: "opens redis://cache:6379" });
});

test("a line says in whose course it was written, whatever else goes on", async () => {
  const course = (sessionId: string, attempt: number) =>
    inCourseOf({ sessionId, attempt }, async () => {
      await sleep(1);
      log.info("works");
    });
  await inCourseOf({ requestId: "r" }, () => Promise.all([course("one", 1), course("other", 2)]));
  log.info("idles");
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said).toEqual([
    expect.objectContaining({ requestId: "r", sessionId: "one", attempt: 1, role: "worker" }),
    expect.objectContaining({ requestId: "r", sessionId: "other", attempt: 2 }),
    expect.not.objectContaining({ requestId: "r" }),
  ]);
});
