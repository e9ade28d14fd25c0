import { expect, test } from "vitest";
import type { Finding, SessionEvent } from "../../../app/contract.ts";
import { nothingYet, receive } from "../../../app/web/live/progress.ts";

const at = "2026-03-01T10:00:00.000Z";

const finding: Finding = {
  fingerprint: "f1",
  kind: "dead-link",
  severity: "serious",
  title: "A link leads nowhere",
  detail: "It answers with status 404.",
  url: "http://shop.test/",
  evidence: {},
};

const step = (seq: number, number: number, attempt = 1): SessionEvent => ({
  type: "step",
  seq,
  at,
  attempt,
  step: number,
  action: { kind: "back" },
  description: "Go back",
  reasoning: "To look elsewhere.",
  url: "http://shop.test/",
  title: "Shop",
  milliseconds: 10,
  error: null,
  screenshot: null,
});

const events: readonly SessionEvent[] = [
  { type: "started", seq: 1, at, attempt: 1 },
  step(2, 1),
  { type: "finding", seq: 3, at, attempt: 1, step: 1, finding },
  { type: "started", seq: 4, at: "2026-03-01T10:01:00.000Z", attempt: 2 },
  step(5, 2, 2),
  { type: "ended", seq: 6, at, attempt: 2, status: "passed", reason: "The order was placed." },
];

test("events add up to steps, sightings and an ending", () => {
  const progress = events.reduce(receive, nothingYet);
  expect(progress.steps.map((each) => each.step)).toEqual([1, 2]);
  expect(progress.sightings).toEqual([events[2]]);
  expect(progress.ending).toEqual(events[5]);
});

test("a replay from the start after a lost connection changes nothing", () => {
  const before = events.slice(0, 5).reduce(receive, nothingYet);
  expect(events.slice(0, 5).reduce(receive, before)).toBe(before);
  expect(events.reduce(receive, before)).toEqual(events.reduce(receive, nothingYet));
});

test("a session that goes on with another worker is in the same attempt, and says so", () => {
  const moved: SessionEvent = { type: "continued", seq: 3, at, attempt: 1, step: 1, lost: false };
  const progress = [...events.slice(0, 2), moved, step(4, 2, 1)].reduce(receive, nothingYet);
  expect(progress.continued).toEqual([moved]);
  expect(progress.attempt).toBe(1);
  expect(progress.steps.map((each) => each.step)).toEqual([1, 2]);
});

test("a second attempt counts on from the first start", () => {
  const progress = events.reduce(receive, nothingYet);
  expect(progress.attempt).toBe(2);
  expect(progress.startedAt).toBe(at);
});
