import { expect, test } from "vitest";
import { ago, between, clock, duration, span } from "../../../app/web/parts/time.ts";

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

test.each([
  [0, "0:00"],
  [7_900, "0:07"],
  [12 * minutes + 30 * seconds, "12:30"],
  [hours + 2 * minutes + 3 * seconds, "1:02:03"],
  [-5, "0:00"],
])("the clock shows %i ms as %s", (milliseconds, shown) => {
  expect(clock(milliseconds)).toBe(shown);
});

test.each([
  [400, "0 s"],
  [45 * seconds, "45 s"],
  [59_600, "1 min"],
  [2 * minutes + 5 * seconds, "2 min 5 s"],
  [hours + 4 * minutes, "1 h 4 min"],
  [2 * hours, "2 h"],
])("a duration of %i ms reads %s", (milliseconds, shown) => {
  expect(duration(milliseconds)).toBe(shown);
});

test.each([
  [340.4, "340 ms"],
  [2_140, "2.1 s"],
])("a span of %d ms reads %s", (milliseconds, shown) => {
  expect(span(milliseconds)).toBe(shown);
});

const then = "2026-03-01T10:00:00.000Z";

test.each([
  [20 * seconds, "just now"],
  [4 * minutes, "4 minutes ago"],
  [5 * hours, "5 hours ago"],
  [30 * hours, "yesterday"],
  [8 * 24 * hours, "Mar 1, 2026"],
])("%i ms later it was %s", (past, shown) => {
  expect(ago(then, Date.parse(then) + past)).toBe(shown);
});

test("what has not ended lasts until now", () => {
  expect(between(then, null, Date.parse(then) + 5)).toBe(5);
  expect(between(then, "2026-03-01T10:00:02.000Z", 0)).toBe(2_000);
});
