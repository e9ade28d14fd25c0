import { describe, expect, test } from "vitest";
import { sizesFor } from "../../../infra/capacity/kubernetes.ts";

const workersFor = (sessions: number) =>
  sizesFor({ sessions, sessionsPerBrowser: 1, apiReplicas: 3, browser: "own" }).worker;

describe("workers", () => {
  test.each([
    // One session has no other one that could go on.
    [1, { min: 1, max: 1, concurrency: 1 }],
    [2, { min: 2, max: 2, concurrency: 1 }],
    [10, { min: 2, max: 3, concurrency: 4 }],
    [30, { min: 2, max: 3, concurrency: 10 }],
    [50, { min: 2, max: 5, concurrency: 10 }],
  ])("for %i sessions: %j, so that a node that goes takes only those of its own", (sessions, expected) => {
    expect(workersFor(sessions)).toMatchObject(expected);
  });

  const all = Array.from({ length: 200 }, (_, index) => index + 1);

  test("run together as many sessions as there may be, and hardly more", () => {
    for (const sessions of all) {
      const { min, max, concurrency } = workersFor(sessions);
      expect(max * concurrency, `${sessions}`).toBeGreaterThanOrEqual(sessions);
      expect(max * concurrency - sessions, `${sessions}`).toBeLessThan(max);
      expect(min, `${sessions}`).toBeLessThanOrEqual(max);
      expect(concurrency, `${sessions}`).toBeLessThanOrEqual(10);
    }
  });

  test("ask together for hardly more of the processors the more of them share the sessions", () => {
    const asked = [10, 30, 100].map(workersFor).map(({ max, cpu }) => max * cpu.request);
    expect(asked).toEqual([300, 750, 2_500]);
  });
});
