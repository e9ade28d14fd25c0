import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { advance } from "../../../../infra/promotion/runner/advance.ts";
import { begin, failing, withTimeout } from "./begin.ts";
import { memoryMirror } from "./memory-ledger.ts";
import { plan } from "./scripted.ts";
import { openSides, write } from "./world.ts";

const connectionLost = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });

test.each(["ONLINE", "OFFLINE"] as const)(
  "%s goes through every action in order, and asks before the old side is retired and destroyed",
  async (path) => {
    const { memory, world, options } = begin(plan(path));
    expect(await advance(options())).toEqual({ kind: "waiting", state: "OBSERVE" });
    expect(openSides(world)).toEqual(["target"]);
    write(world);
    expect(await advance(options())).toEqual({ kind: "waiting", state: "OBSERVE" });
    expect(await advance(options({ goOnFrom: "OBSERVE" }))).toEqual({ kind: "waiting", state: "RETIRE" });
    expect(world.source).toBe("closed for good");
    const last = options({ goOnFrom: "RETIRE" });
    last.ledger.mirrorTo(memoryMirror());
    expect(await advance(last)).toEqual({ kind: "done", state: "DESTROY" });
    expect(memory.done()).toEqual(
      memory.record.plan.forward.flatMap(({ actions }) => actions.map(({ name }) => name)),
    );
    expect(world).toMatchObject({ source: "gone", violations: [], rows: { target: 2 }, answered: 2 });
    expect(memory.record.status).toBe("finished");
  },
);

test("an action that fails by a connection is tried four times in all", async () => {
  const given = plan("ONLINE");
  const few = begin(given, failing("publish", connectionLost, 3));
  expect((await advance(few.options())).kind).toBe("waiting");
  expect(few.events.filter(({ kind }) => kind === "note")).toHaveLength(3);
  const many = begin(given, failing("publish", new Error("no", { cause: connectionLost }), 4));
  expect(await advance(many.options())).toEqual({
    kind: "failed",
    state: "SEED",
    reason: "publish: no: read ECONNRESET",
  });
  // Whoever resumes tries it again.
  expect((await advance(many.options())).kind).toBe("waiting");
});

test("any other failure is none to try again at once, and no secret of it is told", async () => {
  const error = new Error("cannot reach postgres://admin:hunter2@db/x: password='hunter3' is wrong");
  const { memory, events, options } = begin(plan("ONLINE"), failing("publish", error));
  const outcome = await advance(options());
  expect(outcome).toMatchObject({ kind: "failed", state: "SEED" });
  expect(outcome.reason).toContain("cannot reach postgres://db/x");
  expect(memory.record.entries.filter(({ status }) => status === "failed")).toHaveLength(1);
  expect(JSON.stringify([outcome, events, memory.record])).not.toContain("hunter");
});

test("an action that is overdue is told to end, and has failed", async () => {
  const { options, memory } = begin(
    withTimeout(plan("ONLINE"), "verify", 20),
    async (moment, name, signal) => {
      if (moment === "before" && name === "verify") await sleep(60_000, undefined, { signal });
    },
  );
  expect(await advance(options())).toEqual({
    kind: "undone",
    state: "QUIESCE",
    reason: "verify: It has not ended after 0.02 s.",
  });
  expect(memory.done().slice(-2)).toEqual(["-close-source", "-drain-source"]);
});

test("nothing is undone beside an action that does not end when it is told to", async () => {
  const never = new Promise(() => undefined);
  const { options, memory } = begin(withTimeout(plan("ONLINE"), "verify", 20), (moment, name) =>
    moment === "before" && name === "verify" ? never : undefined,
  );
  const outcome = await advance(options({ stopPatience: 20 }));
  expect(outcome).toMatchObject({ kind: "failed", state: "VERIFY" });
  expect(outcome.reason).toContain("has not within 0.02 s. End this process, then resume.");
  expect(memory.done().filter((name) => name.startsWith("-"))).toEqual([]);
});

test("a guard is looked at until it holds, and its failure says what lacks", async () => {
  const { options, scene, world } = begin(plan("ONLINE"));
  let looks = 0;
  const guards = {
    ...scene.guards,
    "streams-back": async () => (++looks < 4 ? "no worker" : (true as const)),
  };
  expect(await advance({ ...options(), guards })).toMatchObject({ kind: "waiting" });
  expect(looks).toBe(4);

  const never = { ...scene.guards, observed: async () => "2 of 24 h have passed" };
  const hasty = plan("ONLINE");
  const run = begin({
    ...hasty,
    forward: hasty.forward.map((state) =>
      state.guard ? { ...state, guard: { ...state.guard, timeout: 5 } } : state,
    ),
  });
  await advance(run.options());
  expect(await advance({ ...run.options({ goOnFrom: "OBSERVE" }), guards: never })).toEqual({
    kind: "failed",
    state: "OBSERVE",
    reason: "OBSERVE: observed does not hold after 0.005 s: 2 of 24 h have passed",
  });
  expect(world.violations).toEqual([]);
});

test("whoever has lost the ledger does nothing more", async () => {
  const { memory, options } = begin(plan("ONLINE"), (moment, name) => {
    if (moment === "before" && name === "close-target") memory.open();
  });
  expect(await advance(options())).toEqual({
    kind: "failed",
    state: "PROVISION",
    reason: "Another runner has the lock.",
  });
  expect(memory.done().at(-1)).toBe("provision-target");
});

test("an action learns the runner's term, and what those before it have told", async () => {
  const { options, scene } = begin(plan("ONLINE"));
  const told: unknown[] = [];
  const actions = {
    ...scene.actions,
    publish: async (...[, , run]: Parameters<NonNullable<(typeof scene.actions)["publish"]>>) => {
      told.push(run.term, run.earlier("provision-target"), run.earlier("verify"));
    },
  };
  await advance({ ...options(), actions, stopAfter: "SEED" });
  expect(told).toEqual([1, { did: "provision-target" }, undefined]);
});

test("a plan that names what this version does not know is refused before anything is done", async () => {
  const { options, scene, memory } = begin(plan("ONLINE"));
  const { publish: _, ...actions } = scene.actions;
  await expect(advance({ ...options(), actions, guards: {} })).rejects.toThrow(
    /cannot follow the plan .*\n {2}SEED: there is no action "publish"\.\n {2}REVERSE-ARM: there is no guard "streams-back"\./,
  );
  expect(memory.record.entries).toEqual([]);
});
