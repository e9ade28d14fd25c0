import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { BrowserProvider, LaunchedBrowser } from "../../app/browser/contract.ts";
import type { Persona, SessionEvent } from "../../app/contract.ts";
import { readStackFile } from "../../infra/config/file.ts";
import type { Status } from "../../infra/promotion/commands/status.ts";
import { look } from "../e2e/page.ts";
import { chromium } from "../support/chromium.ts";
import type { Farm } from "../support/farm.ts";
import { describeWith, type Service } from "../support/services.ts";
import { demoTask, pulumiWithDocker, stillSite, type Tools } from "./local-stack.ts";
import { openTwoStacks, type TwoStacks } from "./two-stacks.ts";

const minute = 60_000;

const withBrowser: Service<Tools & { readonly browsers: BrowserProvider }> = {
  name: `${pulumiWithDocker.name} and ${chromium.name}`,
  needs: `${pulumiWithDocker.needs} ${chromium.needs}`,
  async find() {
    const [tools, browsers] = [await pulumiWithDocker.find(), await chromium.find()];
    return tools && browsers && { ...tools, browsers };
  },
};

/** Keeps what the streams of a page bring, as they bring it. */
const keepEvents = `
  window.received = [];
  window.EventSource = class extends EventSource {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => received.push(JSON.parse(data)));
    }
  };
`;
const received = (page: Page) => page.evaluate<SessionEvent[]>("received");

/** Chromium gives up what it loads when the engine of this machine makes a network, for whomever. */
const open = (page: Page, address: string) =>
  vi.waitFor(() => page.goto(address), { timeout: minute, interval: 500 });
const notice = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text });
const lost = (page: Page) => page.getByText("Connection lost.");

// One promotion there and back, told in order: each test goes on where the one before it ended.
await describeWith(withBrowser, "a stack local that moves to another one", ({ cli, docker, browsers }) => {
  let stacks: TwoStacks;
  let [from, to] = ["", ""];
  let farm: Farm;
  let demo = "";
  let launched: LaunchedBrowser;
  let context: BrowserContext;
  /** The live page of the session at the source, open all the time. */
  let watching: Page;
  let session = "";

  beforeAll(async () => {
    stacks = await openTwoStacks({ cli, docker });
    [from, to] = stacks.names;
    // So slow that a session runs longer than it takes to come to QUIESCE.
    ({ farm, demo } = await stacks.settle(from, 2_500));
    const { FRONTEND_URL = "" } = await stacks.outputs(from);
    launched = await browsers.launch(AbortSignal.timeout(minute), FRONTEND_URL);
    // The authority of each stack is its own.
    context = await launched.browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(minute);
    await context.addInitScript(keepEvents);
    const cookies = farm.headers["cookie"]!.split("; ").map((cookie) => {
      const [name = "", ...value] = cookie.split("=");
      return { name, value: value.join("="), url: FRONTEND_URL, secure: true };
    });
    await context.addCookies(cookies);
    watching = await context.newPage();
    await open(watching, FRONTEND_URL);
  }, 30 * minute);
  afterAll(async () => {
    await launched?.close();
    if (demo !== "") await docker("rm", "--force", demo);
    await stacks.end();
  }, minute);

  /** What the owner of the source, still signed in, sees at a stack. */
  async function ask(stack: string, path: string, init: RequestInit = {}) {
    const { FRONTEND_URL = "" } = await stacks.outputs(stack);
    const headers = { ...farm.headers, origin: FRONTEND_URL, "content-type": "application/json" };
    return fetch(`${await stacks.relay(stack)}${path}`, { ...init, headers });
  }
  const personas = async (stack: string) =>
    ((await (await ask(stack, "/api/personas")).json()) as Persona[]).map(({ id }) => id);
  const add = async (stack: string) => {
    const body = JSON.stringify({ name: "Visitor", description: "Has never been here.", device: "phone" });
    return ask(stack, "/api/personas", { method: "POST", body });
  };

  /** Lets a command go on until something is so, and ends it then: `SIGINT` is Ctrl-C. */
  async function until(
    isSo: (said: string) => Promise<unknown> | void,
    signal: "SIGINT" | "SIGKILL",
    ...command: string[]
  ) {
    const { child, said, ended } = stacks.start(...command);
    await vi.waitFor(() => isSo(said()), { timeout: 8 * minute, interval: 500 });
    process.kill(-child.pid!, signal);
    expect(await ended, said()).toBe(signal === "SIGINT" ? 130 : null);
    return said();
  }
  const untilMaking = (signal: "SIGINT" | "SIGKILL", ...command: string[]) =>
    until(
      async (said) => {
        expect(said).toContain("make the target: pulumi up ...");
        await docker("network", "inspect", stacks.outside(to));
      },
      signal,
      ...command,
      "--site",
      stillSite,
    );

  test(
    "of a runner that is killed in pulumi up, and in pulumi destroy, resume goes on; rollback removes the target, but for its file",
    { timeout: 20 * minute },
    async () => {
      const settings = () => readStackFile(join(stacks.project, `Pulumi.${to}.yaml`), "testfarm").values;
      const before = settings();
      await untilMaking("SIGKILL", "run", from, to, "--yes");
      const resumed = await untilMaking("SIGINT", "resume", from);
      expect(resumed).toContain("make the target: pulumi up: done");
      // The ledger's copy is in the target's bucket from here on.
      const isClosed = "let nobody but the promotion write to the target: done";
      await until((said) => expect(said).toContain(isClosed), "SIGINT", "resume", from);
      const isDestroyed = /Destroying \([^]*Duration: /;
      await until((said) => expect(said).toMatch(isDestroyed), "SIGKILL", "rollback", from, "--yes");
      const { code, stdout, stderr } = await stacks.promote("resume", from);
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toContain("The ledger has no mirror: ");
      expect(stdout).toContain("undone: make the target: pulumi up");
      const exported = await stacks.pulumi("stack", "export", "--stack", to);
      expect(exported.stdout, exported.stderr).not.toContain("pending_operations");
      for (const kind of ["container", "network", "volume"])
        expect(await docker(kind, "ls", "--quiet", "--filter", `name=testfarm-${to}-`)).toBe("");
      expect(settings()).toEqual(before);
      const persona = await add(from);
      expect(persona.status, await persona.text()).toBe(201);
    },
  );

  test(
    "Ctrl-C stops once the target is made: the update in its middle goes on",
    { timeout: 10 * minute },
    async () => {
      const said = await untilMaking("SIGINT", "run", from, to, "--yes");
      expect(said).toContain("It was stopped in PROVISION: resume goes on.");
      expect(said).not.toMatch(/cancel|interrupt/i);
      const early = await stacks.promote("retire", from, "--yes", "--destroy");
      expect([early.code, early.stderr]).toEqual([
        1,
        expect.stringContaining("is in PROVISION, and has to wait in OBSERVE before"),
      ]);
      await docker("network", "connect", "--alias", "demo", stacks.outside(to), demo);
    },
  );

  test(
    "resume moves it: an open page says so and where to, and there its session goes on and ends passed",
    { timeout: 20 * minute },
    async () => {
      const { FRONTEND_URL: address = "" } = await stacks.outputs(to);
      const before = await personas(from);
      ({ id: session } = await farm.startSession(demoTask));
      await open(watching, `${(await stacks.outputs(from))["FRONTEND_URL"]}/sessions/${session}`);
      await look(watching).steps.first().waitFor();
      const resume = stacks.promote("resume", from, "--site", stillSite);
      const patient = { timeout: 5 * minute };
      await notice(watching, "TestFarm is being moved.").waitFor(patient);
      await notice(watching, "TestFarm has moved.").waitFor(patient);
      const link = notice(watching, "TestFarm has moved.").getByRole("link", { name: new URL(address).host });
      const following = await context.newPage();
      await open(following, (await link.getAttribute("href"))!);
      await look(following).ending.waitFor(patient);
      expect(await look(following).ending.textContent()).toContain("passed");

      const events = await received(following);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.map(({ type }) => type)).toContain("continued");
      const steps = events.filter(({ type }) => type === "step").length;
      expect(await look(following).steps.count()).toBe(steps);
      const width = () => look(following).picture.evaluate((image: HTMLImageElement) => image.naturalWidth);
      await expect.poll(width).toBeGreaterThan(0);
      const seen = await received(watching);
      expect(seen.length).toBeLessThan(events.length);
      expect(seen).toEqual(events.slice(0, seen.length));
      expect(await lost(watching).count()).toBe(0);

      const { code, stdout, stderr } = await resume;
      expect(stdout, stderr).toContain("It waits in OBSERVE for your word: retire, or rollback.");
      expect(code).toBe(0);
      expect(await personas(to)).toEqual(before);
      expect((await ask(to, `/api/sessions/${session}/screenshots/1`)).status).toBe(200);
    },
  );

  test(
    "the source takes no writes any more, and says where people are served",
    { timeout: 2 * minute },
    async () => {
      const refused = await add(from);
      const { FRONTEND_URL = "" } = await stacks.outputs(to);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
      expect(await refused.text()).toContain(`has moved to ${FRONTEND_URL}`);
      const { code, stdout } = await stacks.promote("status", from, "--json");
      const { gate, ...found } = JSON.parse(stdout) as Status;
      expect([code, found.status, found.state, found.runner]).toEqual([0, "running", "OBSERVE", null]);
      expect(gate).toEqual({ state: "closed", epoch: 1, movedTo: FRONTEND_URL });
    },
  );

  test(
    "what is written on the target comes back by rollback, and so does the open page",
    { timeout: 10 * minute },
    async () => {
      expect((await add(to)).status).toBe(201);
      const written = await personas(to);
      const { code, stdout, stderr } = await stacks.promote("rollback", from, "--yes");
      expect(stdout, stderr).toContain("It was led back, and people are served where they were before.");
      expect(code).toBe(0);
      expect(await personas(from)).toEqual(written);
      expect((await add(from)).status).toBe(201);
      expect((await add(to)).status).toBe(503);
      await notice(watching, "TestFarm").waitFor({ state: "detached" });
      await look(watching).ending.waitFor();
      expect(await look(watching).ending.textContent()).toContain("passed");
      expect(await lost(watching).count()).toBe(0);
    },
  );

  test(
    "where the source does not answer, its target tells where the promotion is",
    { timeout: 2 * minute },
    async () => {
      const database = `testfarm-${from}-postgres`;
      const [container = ""] = (await docker("ps", "--quiet", "--filter", `name=${database}`)).split("\n");
      await docker("pause", container);
      try {
        const { code, stdout, stderr } = await stacks.promote("status", from, "--mirror", to);
        expect([code, stderr]).toEqual([0, ""]);
        expect(stdout).toMatch(/: rolled-back\n {2}state {3}SWITCH-BACK, on the way back\n/);
        expect(stdout).toContain(`of the ledger, in the bucket of ${to}: `);
      } finally {
        await docker("unpause", container);
      }
    },
  );
});
