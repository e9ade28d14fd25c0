import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LaunchedBrowser } from "../../../app/browser/contract.ts";
import { HandOver } from "../../../app/queue/contract.ts";
import { watchForMove } from "../../../app/worker/move.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(leaving?: AbortSignal) {
  const [handOver, stop] = [new AbortController(), new AbortController()];
  const launched = { ...(leaving && { leaving }) } as LaunchedBrowser;
  const provider = { launch: () => Promise.resolve(launched) };
  const move = watchForMove(handOver.signal, provider, stop);
  const launch = () => move.browsers.launch(stop.signal, "http://shop.test/");
  return { handOver, stop, move, launch, launched };
}

test("a session whose browser leaves pauses with a hand-over, and a step may take 10 seconds more", async () => {
  const leaving = new AbortController();
  const { stop, move, launch, launched } = watched(leaving.signal);
  expect(await launch()).toBe(launched);
  expect(move.pause.aborted).toBe(false);
  leaving.abort();
  expect(move.pause.reason).toBeInstanceOf(HandOver);
  vi.advanceTimersByTime(9_999);
  expect(stop.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stop.signal.reason).toBe(move.pause.reason);
});

test("one that gets a browser which is leaving already goes elsewhere too", async () => {
  const { move, launch } = watched(AbortSignal.abort());
  await launch();
  expect(move.pause.reason).toBeInstanceOf(HandOver);
});

test("the end of the worker comes first where it is first, with its reason and its time", async () => {
  const leaving = new AbortController();
  const { handOver, stop, move, launch } = watched(leaving.signal);
  await launch();
  const reason = new HandOver("This worker is shutting down.");
  handOver.abort(reason);
  vi.advanceTimersByTime(6_000);
  leaving.abort();
  expect(move.pause.reason).toBe(reason);
  vi.advanceTimersByTime(4_000);
  expect(stop.signal.reason).toBe(reason);
});

test("a browser that cannot say whether it leaves is used all the same", async () => {
  const { move, launch, launched } = watched();
  expect(await launch()).toBe(launched);
  expect(move.pause.aborted).toBe(false);
});

test("a session that is over is not stopped, and moves no more", async () => {
  const leaving = new AbortController();
  const { handOver, stop, move, launch } = watched(leaving.signal);
  await launch();
  leaving.abort();
  handOver.abort(new HandOver("This worker is shutting down."));
  move.end();
  vi.advanceTimersByTime(60_000);
  expect(stop.signal.aborted).toBe(false);
  const other = watched();
  other.move.end();
  other.handOver.abort(new HandOver("This worker is shutting down."));
  expect(other.move.pause.aborted).toBe(false);
});
