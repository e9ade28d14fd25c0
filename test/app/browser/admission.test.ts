import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createAdmission, NoCapacity, type AdmissionOptions } from "../../../app/browser/admission.ts";
import type { Shortage } from "../../../app/browser/strain.ts";

const never = () => new AbortController().signal;
const admissionOf = (options: Partial<AdmissionOptions> = {}) =>
  createAdmission({ maxRunning: 2, maxQueued: 2, patience: 20_000, shortage: () => undefined, ...options });

test("as many as there are places enter at once, the next ones in turn as places become free", async () => {
  const admission = admissionOf();
  const [one, two] = [await admission.enter(never()), await admission.enter(never())];
  const order: string[] = [];
  const third = admission.enter(never()).then(() => order.push("third"));
  const fourth = admission.enter(never()).then(() => order.push("fourth"));
  expect(admission.pressure()).toEqual({
    isAvailable: false,
    running: 2,
    queued: 2,
    maxRunning: 2,
    maxQueued: 2,
    recentlyRejected: 0,
    reason: "full",
  });
  one.free();
  await third;
  two.free();
  await fourth;
  expect(order).toEqual(["third", "fourth"]);
});

test("a place that is freed twice is one place", async () => {
  const admission = admissionOf({ maxRunning: 1 });
  const place = await admission.enter(never());
  place.free();
  place.free();
  await admission.enter(never());
  expect(admission.pressure()).toMatchObject({ running: 1, isAvailable: false });
});

test("beyond the queue, and after the wait, it is refused with a reason and a time to come back", async () => {
  const admission = admissionOf({ maxRunning: 1, maxQueued: 1, patience: 30 });
  await admission.enter(never());
  const waiting = admission.enter(never());
  const beyond = await admission.enter(never()).catch((error: unknown) => error);
  expect(beyond).toBeInstanceOf(NoCapacity);
  expect((beyond as NoCapacity).message).toBe("No browser is free: every place is taken.");
  expect((beyond as NoCapacity).retryAfter).toBeGreaterThanOrEqual(1);
  await expect(waiting).rejects.toBeInstanceOf(NoCapacity);
  expect(admission.pressure()).toMatchObject({ queued: 0, recentlyRejected: 2 });
});

test("who gives up leaves the queue, and the place goes to the next", async () => {
  const admission = admissionOf({ maxRunning: 1 });
  const place = await admission.enter(never());
  const stop = new AbortController();
  const first = admission.enter(stop.signal);
  const second = admission.enter(never());
  stop.abort(new Error("gone"));
  await expect(first).rejects.toThrow("gone");
  place.free();
  await second;
  expect(admission.pressure()).toMatchObject({ running: 1, queued: 0 });
});

test.each(["memory", "cpu"] as const)(
  "with too little %s the others wait until there is enough",
  async (lacking) => {
    let shortage: Shortage | undefined = lacking;
    const admission = admissionOf({ shortage: () => shortage });
    await admission.enter(never());
    let hasEntered = false;
    const second = admission.enter(never()).then(() => (hasEntered = true));
    await sleep(300);
    expect(hasEntered).toBe(false);
    expect(admission.pressure()).toMatchObject({
      isAvailable: false,
      running: 1,
      queued: 1,
      reason: lacking,
    });
    shortage = undefined;
    await second;
  },
);

test("with none running the machine is not asked: nobody's end would help", async () => {
  const admission = admissionOf({ shortage: () => "memory" });
  await admission.enter(never());
  expect(admission.pressure().running).toBe(1);
});

test("the machine is told how many have entered and not settled", async () => {
  const asked: number[] = [];
  const shortage = (starting: number) => void asked.push(starting);
  const admission = admissionOf({ maxRunning: 4, shortage });
  const first = await admission.enter(never());
  await admission.enter(never());
  first.settled();
  first.settled();
  await admission.enter(never());
  expect(asked).toEqual([1, 1]);
});
