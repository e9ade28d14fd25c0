import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CreateAgent, Observation } from "../../../app/agent/contract.ts";
import { agentOf, agents, chooseAgent } from "../../../app/agent/index.ts";
import { elementsIn, parseSnapshot } from "../../../app/agent/snapshot.ts";
import { actionSchema } from "../../../app/contract.ts";
import { acts, apiKey, judges, serveMessages, type MessagesApi, type Reply } from "./messages-api.ts";
import { problemsOf } from "./request-type.ts";
import { snapshotOf } from "./snapshots.ts";

const site = "http://shop.test";
const persona = { id: "p", name: "Ada", description: "Is in a hurry.", device: "desktop" } as const;
const taskAt = (origin: string) => ({ url: `${origin}/`, objective: "Buy a blue mug", persona });

/** A model that opens the first product, and then says whether it is done. */
const sensible: Reply = (request, response) => {
  const [offered] = request.tools as { name: string }[];
  if (offered?.name === "verdict") return judges(false)(request, response);
  const ref = /link "Blue mug[^\n]*\[ref=(\w+)\]/.exec(
    JSON.stringify(request.messages).replaceAll('\\"', '"'),
  )?.[1];
  const action =
    ref === undefined ? { kind: "goto", url: `${site}/products/blue-mug` } : { kind: "click", ref };
  return acts(action)(request, response);
};

let api: MessagesApi;
let directory: string;
let snapshot: string;

const look = (step: number, origin = site): Observation => ({
  url: `${origin}/`,
  title: "Shop",
  snapshot,
  step,
  maxSteps: 25,
  history: [{ description: `Open ${origin}/`, error: null, url: `${origin}/` }],
});

const at = (moment: string, id: string) => ({ ...look(2), snapshot: `- text: ${moment} ${id}` });

const settings = () => ({
  ANTHROPIC_API_KEY: apiKey,
  ANTHROPIC_BASE_URL: api.url,
  LLM_MODE: undefined,
  LLM_RECORDINGS: directory,
});
const inMode = (mode: keyof typeof agents): CreateAgent => agents[mode](settings());
const signal = () => new AbortController().signal;

beforeAll(async () => {
  problemsOf("{}");
  snapshot = await snapshotOf("shop");
  directory = await mkdtemp(join(tmpdir(), "testfarm-recordings-"));
  api = await serveMessages(sensible);
  const recorder = inMode("record")(taskAt(site));
  for (const step of [2, 26]) await recorder.decide(look(step), signal());
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true });
});

describe.each(Object.keys(agents) as (keyof typeof agents)[])("the agent %s", (mode) => {
  test("decides on an action that the page allows, and says why", async () => {
    const decision = await inMode(mode)(taskAt(site)).decide(look(2), signal());
    if (decision.kind !== "act") throw new Error(`It ended: ${decision.reason}`);
    expect(actionSchema.parse(decision.action)).toEqual(decision.action);
    expect(decision.reasoning).not.toBe("");
    const refs = [...elementsIn(parseSnapshot(snapshot))].map(({ ref }) => ref);
    // Each of them follows the link to the blue mug.
    expect(refs).toContain((decision.action as { ref?: string }).ref);
  });

  test("ends once there are no steps left", async () => {
    expect(await inMode(mode)(taskAt(site)).decide(look(26), signal())).toMatchObject({
      kind: "end",
      passed: false,
      reason: expect.stringMatching(/\w/),
    });
  });

  test("rejects with the reason of a signal that aborts, unless it had decided before", async () => {
    const reason = new Error("Somebody else goes on.");
    const decided = inMode(mode)(taskAt(site)).decide(look(2), AbortSignal.abort(reason));
    const outcome = await decided.then(
      ({ kind }) => kind,
      (error: unknown) => error,
    );
    expect(outcome).toBe(mode === "explorer" ? "act" : reason);
  });
});

const replay = (origin = site) => inMode("replay")(taskAt(origin));

describe("replay", () => {
  test("gives what was recorded, its tokens too, and asks nobody", async () => {
    const before = api.requests.length;
    const live = await inMode("live")(taskAt(site)).decide(look(2), signal());
    expect(await replay().decide(look(2), signal())).toEqual(live);
    expect(api.requests).toHaveLength(before + 1);
  });

  test("knows the same site at another address, and takes its answers there", async () => {
    const withLink = { ...look(2), snapshot: "- paragraph: No link here" };
    await inMode("record")(taskAt(site)).decide(withLink, signal());
    const elsewhere = "http://127.0.0.1:4711";
    expect(
      await replay(elsewhere).decide(
        { ...withLink, ...look(2, elsewhere), snapshot: withLink.snapshot },
        signal(),
      ),
    ).toMatchObject({ action: { kind: "goto", url: `${elsewhere}/products/blue-mug` } });
  });

  test("does not mind another date, time or id on the page", async () => {
    await inMode("record")(taskAt(site)).decide(
      at("2026-11-25T09:00:00.123Z", "4fda3a5c-8c7f-4f0e-9b1f-7a2f3c4d5e6f"),
      signal(),
    );
    const later = at("2027-01-02T10:30:00Z", "00000000-8c7f-4f0e-9b1f-7a2f3c4d5e6f");
    expect(await replay().decide(later, signal())).toMatchObject({ kind: "act" });
  });

  test("fails on a page that was not recorded, naming the step, the place and how to record it", async () => {
    const other = { ...look(3), snapshot: '- button "Buy"' };
    await expect(replay().decide(other, signal())).rejects.toThrow(
      /no recorded answer for step 3 of "Buy a blue mug" at http:\/\/shop\.test\/ .*\.json.*LLM_MODE=record LLM_RECORDINGS=/s,
    );
  });

  test("fails on a recording that is damaged, and not as if there were none", async () => {
    const [file] = await readdir(directory);
    const own = await mkdtemp(join(tmpdir(), "testfarm-recordings-"));
    const recorder = agents.record({ ...settings(), LLM_RECORDINGS: own })(taskAt(site));
    await recorder.decide(look(2), signal());
    const [path] = (await readdir(own)).map((name) => join(own, name));
    await writeFile(path!, "{");
    const damaged = agents.replay({ ...settings(), LLM_RECORDINGS: own })(taskAt(site));
    await expect(damaged.decide(look(2), signal())).rejects.toThrow(/is no recording/);
    await rm(own, { recursive: true });
    expect(file).toMatch(/^[0-9a-f]{32}\.json$/);
  });
});

describe("the settings", () => {
  const none = {
    ANTHROPIC_API_KEY: undefined,
    ANTHROPIC_BASE_URL: undefined,
    LLM_MODE: undefined,
    LLM_RECORDINGS: undefined,
  };

  test.each([
    [{}, "explorer"],
    [{ ANTHROPIC_API_KEY: "key" }, "model"],
    [{ LLM_MODE: "replay" }, "model"],
  ] as const)("%j mean %s", (change, name) => {
    expect(agentOf({ ...none, ...change })).toBe(name);
  });

  test.each([
    [{ LLM_MODE: "live" }, "ANTHROPIC_API_KEY is not set, and LLM_MODE=live cannot do without it."],
    [{ LLM_MODE: "replay" }, "LLM_RECORDINGS is not set, and LLM_MODE=replay cannot do without it."],
    [{ LLM_MODE: "record", ANTHROPIC_API_KEY: "key" }, "LLM_RECORDINGS is not set, and LLM_MODE=record"],
  ] as const)("%j is refused: %s", (change, message) => {
    expect(() => chooseAgent({ ...none, ...change })).toThrow(message);
  });
});
