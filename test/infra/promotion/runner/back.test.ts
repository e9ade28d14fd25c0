import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunEvent } from "../../../../infra/promotion/contract.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import { begin, failing } from "./begin.ts";
import { plan } from "./scripted.ts";
import { expire, openSides, write } from "./world.ts";

test("a failure behind the fence is undone in reverse, the source is open again, and resume begins there", async () => {
  const { memory, world, options } = begin(
    plan("ONLINE"),
    failing("subscribe-back", new Error("no slot"), 1),
  );
  expect(await advance(options())).toEqual({
    kind: "undone",
    state: "QUIESCE",
    reason: "subscribe-back: no slot",
  });
  expect(memory.done().slice(-3)).toEqual(["-subscribe-back", "-close-source", "-drain-source"]);
  expect(openSides(world)).toEqual(["source"]);
  expect(world.built).toEqual(["provision-target", "publish", "subscribe", "publish-back"]);
  write(world);
  expect(await advance(options())).toMatchObject({ kind: "waiting", state: "OBSERVE" });
  expect(memory.done().filter((name) => name === "drain-source")).toHaveLength(2);
  expect(memory.done().filter((name) => name === "subscribe")).toHaveLength(1);
  expect(world).toMatchObject({ violations: [], rows: { target: 2 } });
});

test.each(["before", "after"] as const)(
  "a source that opens by itself %s an action ends the attempt, though nothing has failed",
  async (when) => {
    let isFirst = true;
    const { world, memory, options } = begin(plan("OFFLINE"), async (moment, name, signal) => {
      if (!isFirst || name !== "copy-database") return;
      if (moment === "before" && when === "after") return;
      isFirst = false;
      expire(world);
      write(world);
      // One that takes hours is not waited for.
      if (when === "before") await sleep(60_000, undefined, { signal });
    });
    const outcome = await advance(options());
    expect(outcome).toMatchObject({ kind: "undone", state: "QUIESCE" });
    expect(outcome.reason).toContain("The source has opened by itself, since its time was over");
    expect(memory.done()).toContain("-copy-database");
    expect(await advance(options())).toMatchObject({ kind: "waiting", state: "OBSERVE" });
    expect(world).toMatchObject({ violations: [], rows: { target: 2 } });
  },
);

test("a source that opens by itself while nobody runs is noticed by whoever resumes", async () => {
  const { world, options, memory } = begin(plan("ONLINE"));
  expect(await advance(options({ stopAfter: "DRAIN" }))).toEqual({
    kind: "stopped",
    state: "VERIFY",
    reason: "It was to stop after DRAIN.",
  });
  expire(world);
  expect(await advance(options())).toMatchObject({ kind: "undone", state: "QUIESCE" });
  expect(memory.done()).not.toContain("verify");
});

test("a failed undo is told, and resume goes on with undoing", async () => {
  const { memory, world, options } = begin(plan("OFFLINE"), (moment, name) => {
    failVerify(moment, name, AbortSignal.any([]));
    return failUndo(moment, name, AbortSignal.any([]));
  });
  const failVerify = failing("verify", new Error("differs"), 1);
  const failUndo = failing("undo-copy", new Error("target is away"), 1);
  expect(await advance(options())).toEqual({
    kind: "failed",
    state: "DRAIN",
    reason: "copy-database cannot be undone: target is away (it is undone because of verify: differs)",
  });
  expect(world.source).toBe("closed");
  expect(await advance(options())).toEqual({ kind: "undone", state: "QUIESCE", reason: "verify: differs" });
  expect(world.source).toBe("open");
  expect(memory.done().slice(-3)).toEqual(["-copy-database", "-close-source", "-drain-source"]);
});

test("before the target is opened a roll back undoes everything, for good", async () => {
  const { memory, world, options } = begin(plan("ONLINE"));
  await advance(options({ stopAfter: "REVERSE-ARM" }));
  const outcome = { kind: "rolled-back", reason: "changed my mind" };
  expect(await goBack(options(), "changed my mind")).toMatchObject(outcome);
  expect(memory.done().filter((name) => name.startsWith("-"))).toEqual([
    "-subscribe-back",
    "-close-source",
    "-drain-source",
    "-publish-back",
    "-subscribe",
    "-publish",
    "-provision-target",
    "-lower-ttl",
  ]);
  expect(world).toMatchObject({ source: "open", target: "absent", built: [], violations: [] });
  expect(await advance(options())).toMatchObject(outcome);
});

test("a roll back that was interrupted is gone on with by whoever resumes", async () => {
  const { world, options } = begin(plan("ONLINE"), failing("unpublish", new Error("no"), 1));
  await advance(options({ stopAfter: "CATCHUP" }));
  expect(await goBack(options(), "stop")).toMatchObject({ kind: "failed", state: "SEED" });
  expect(await advance(options())).toMatchObject({ kind: "rolled-back", reason: "stop" });
  expect(world.target).toBe("absent");
});

test("a source that was closed for good is limited again first, so that it opens whatever becomes of the rest", async () => {
  const { memory, world, options } = begin(plan("ONLINE"), failing("reach-target", new Error("gone"), 1));
  expect(await advance(options())).toEqual({
    kind: "undone",
    state: "QUIESCE",
    reason: "reach-target: gone",
  });
  const undone = memory.done().filter((name) => name.startsWith("-"));
  expect(undone[0]).toBe("-close-source-for-good");
  expect(world).toMatchObject({ source: "open", violations: [] });
});

test.each([
  ["close-source-for-good", "SWITCH"],
  ["close-target-for-good", "SWITCH-BACK"],
] as const)(
  "who wants to stop once %s was begun is heard when the other side is open",
  async (action, state) => {
    const { memory, world, options } = begin(plan("ONLINE"));
    const stop = new AbortController();
    const onEvent = (event: RunEvent) => {
      if (event.kind === "begin" && event.action === action) stop.abort();
    };
    const stopping = () => ({ ...options(), ledger: memory.open(), onEvent, signal: stop.signal });
    if (state === "SWITCH-BACK") await advance(options());
    const outcome = await (state === "SWITCH" ? advance(stopping()) : goBack(stopping(), "wanted"));
    expect(outcome).toEqual({ kind: "stopped", state, reason: "It was asked to stop." });
    expect(openSides(world)).toEqual([state === "SWITCH" ? "target" : "source"]);
  },
);

test.each([
  ["copy-sequences", true],
  ["wait-sessions", undefined],
  ["start-target", undefined],
] as const)("who stops after %s is told whether nobody can write: %s", async (action, isClosed) => {
  const { memory, options } = begin(plan("OFFLINE"));
  const stop = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.kind === "done" && event.action === action) stop.abort();
  };
  const outcome = await advance({ ...options(), ledger: memory.open(), onEvent, signal: stop.signal });
  expect([outcome.kind, outcome.isClosed]).toEqual(["stopped", isClosed]);
});

test("ONLINE a target that does not pass its smoke test leads back by itself, with what was written to it", async () => {
  const { world, options } = begin(plan("ONLINE"), (moment, name) => {
    if (name !== "smoke-target" || moment !== "before") return;
    write(world);
    throw new Error("no session ends");
  });
  expect(await advance(options())).toEqual({
    kind: "rolled-back",
    state: "DISARM",
    reason: "smoke-target: no session ends",
  });
  expect(world).toMatchObject({
    source: "open",
    target: "closed for good",
    rows: { source: 2 },
    violations: [],
  });
});

test("OFFLINE it stays there, and the operator decides", async () => {
  const around = failing("smoke-target", new Error("no session ends"), 2);
  const { world, options } = begin(plan("OFFLINE"), around);
  const failed = { kind: "failed", state: "SWITCH", reason: "smoke-target: no session ends" };
  expect(await advance(options())).toEqual(failed);
  expect(await advance(options())).toEqual(failed);
  expect(await advance(options())).toMatchObject({ kind: "waiting", state: "OBSERVE" });
  write(world);
  expect(await goBack(options(), "slow")).toMatchObject({ kind: "rolled-back", reason: "slow" });
  expect(world).toMatchObject({
    source: "open",
    target: "closed for good",
    rows: { source: 2 },
    violations: [],
  });
});

test("a way back that fails opens the target again, and leads on in either direction", async () => {
  const around = failing("verify-back", new Error("differs"), 1);
  const { memory, world, options } = begin(plan("ONLINE"), around);
  await advance(options());
  expect(await goBack(options(), "slow")).toEqual({
    kind: "undone",
    state: "QUIESCE-TARGET",
    reason: "verify-back: differs",
  });
  expect(openSides(world)).toEqual(["target"]);
  expect(await advance(options())).toEqual({ kind: "waiting", state: "OBSERVE" });
  expect(await goBack(options(), "slow")).toMatchObject({ kind: "rolled-back", reason: "slow" });
  expect(memory.done().filter((name) => name === "drain-target")).toHaveLength(2);
  expect(world).toMatchObject({ source: "open", violations: [] });
});

test("nothing leads back once the source does not follow any more", async () => {
  const { options } = begin(plan("ONLINE"));
  await advance(options());
  await advance(options({ goOnFrom: "OBSERVE" }));
  await expect(goBack(options(), "late")).rejects.toThrow(
    "Nothing leads back from validation to mvp any more",
  );
});
