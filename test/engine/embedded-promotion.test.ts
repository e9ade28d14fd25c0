import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Move, Persona, Session } from "../../app/contract.ts";
import { freePort } from "../../app/embedded/port.ts";
import { type RunningApp, startApp, temporaryHome } from "../e2e/app.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { describeWith } from "../support/services.ts";
import { pulumiWithDocker, startDemo, stillSite } from "./local-stack.ts";
import { openTwoStacks, type TwoStacks } from "./two-stacks.ts";

const minute = 60_000;
const patient = { timeout: 5 * minute, interval: 500 };

// Told in order: each test goes on where the one before it ended.
await describeWith(
  pulumiWithDocker,
  "this machine's installation that moves to a stack",
  ({ cli, docker }) => {
    let home: Awaited<ReturnType<typeof temporaryHome>>;
    let port: number;
    let app: RunningApp;
    let stacks: TwoStacks;
    let stack = "";
    let address = "";
    let farm: Farm;
    let demo = "";

    beforeAll(async () => {
      home = await temporaryHome();
      port = await freePort();
      app = await startApp(home.path, port);
      stacks = await openTwoStacks({ cli, docker }, { TESTFARM_HOME: home.path });
      [stack] = stacks.names;
    }, 10 * minute);
    afterAll(async () => {
      if ((await app?.leftovers())?.length) await app.crash();
      if (demo !== "") await docker("rm", "--force", demo);
      await stacks?.end();
      await home?.remove();
    }, minute);

    type Ask = (path: string, init?: RequestInit) => Promise<Response>;
    const here: Ask = (path, init) => fetch(`${app.address}/api${path}`, init);
    const there: Ask = async (path, init) =>
      fetch(`${await stacks.relay(stack)}/api${path}`, { ...init, headers: farm.headers });
    const list = async <T extends { readonly id: string }>(ask: Ask, path: string): Promise<T[]> =>
      ((await (await ask(path)).json()) as T[]).toSorted((one, other) => one.id.localeCompare(other.id));
    const personas = (ask: Ask) => list<Persona>(ask, "/personas");
    const sessions = (ask: Ask) => list<Session>(ask, "/sessions");
    const add = (name: string) =>
      here("/personas", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, description: "Has never been here.", device: "phone" }),
      });
    /** Of every screenshot of every session, in order. */
    const pictures = async (ask: Ask): Promise<string[]> => {
      const found: string[] = [];
      for (const { id, steps } of await sessions(ask))
        for (let step = 1; step <= steps; step++) {
          const picture = await ask(`/sessions/${id}/screenshots/${step}`);
          const body = Buffer.from(await picture.arrayBuffer());
          found.push(`${picture.status} ${createHash("sha256").update(body).digest("hex")}`);
        }
      return found;
    };

    test(
      "run moves its sessions, personas and screenshots while it runs, and it says where to",
      { timeout: 20 * minute },
      async () => {
        expect((await add("Commuter")).status).toBe(201);
        const ended = async () => {
          expect((await sessions(here)).map(({ status }) => status)).toEqual(["passed"]);
        };
        await vi.waitFor(ended, patient);
        const network = () => docker("network", "inspect", stacks.outside(stack));
        const joining = vi
          .waitFor(network, { timeout: 10 * minute, interval: 1_000 })
          .then(() => startDemo(docker, stacks.outside(stack), stacks.images.app));
        const run = await stacks.promote("run", "embedded", stack, "--yes", "--site", stillSite);
        demo = await joining;
        expect(run.stdout, run.stderr).toContain("It waits in OBSERVE for your word: retire, or rollback.");
        expect(run.code).toBe(0);
        // The session on the target has signed in there.
        const compared = await stacks.promote("verify", "embedded", stack);
        expect(compared.stdout).toMatch(/^public\.rate_limits: 0 rows on embedded, \d rows on [^\n]*\n$/);

        ({ FRONTEND_URL: address = "" } = await stacks.outputs(stack));
        expect(await (await here("/move")).json()).toEqual({
          isMoving: false,
          movedTo: address,
        } satisfies Move);
        expect((await add("Late")).status).toBe(503);
        await app.interrupt();
        app = await startApp(home.path, port);
        expect(app.said()).toContain(`This installation has moved to ${address}.`);
      },
    );

    test("its first owner there finds all of it", { timeout: 2 * minute }, async () => {
      const { OWNER_BOOTSTRAP_TOKEN = "" } = await stacks.outputs(stack);
      const before = await personas(here);
      farm = await settleIn(await stacks.relay(stack), address, OWNER_BOOTSTRAP_TOKEN);
      expect((await personas(there)).filter(({ id }) => id !== farm.personaId)).toEqual(before);
      expect(await sessions(there)).toEqual(await sessions(here));
      const all = await pictures(here);
      expect(all.length).toBeGreaterThan(2);
      expect(await pictures(there)).toEqual(all);
    });

    test(
      "what is written there comes back by rollback, also where the installation does not run",
      { timeout: 10 * minute },
      async () => {
        const written = await personas(there);
        await app.interrupt();
        const { code, stdout, stderr } = await stacks.promote("rollback", "embedded", "--yes");
        console.log(stdout);
        expect(stdout, stderr).toContain("It was led back, and people are served where they were before.");
        expect(code).toBe(0);
        app = await startApp(home.path, port);
        expect(await personas(here)).toEqual(written);
        expect((await pictures(here)).every((picture) => picture.startsWith("200 "))).toBe(true);
        expect((await add("Back again")).status).toBe(201);
      },
    );
  },
);
