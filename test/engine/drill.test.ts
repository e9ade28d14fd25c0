import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Drilled } from "../../infra/promotion/drill/drill.ts";
import { labels } from "../../infra/contracts/docker-host.ts";
import type { Farm } from "../support/farm.ts";
import { describeWith } from "../support/services.ts";
import { demoTask, pulumiWithDocker } from "./local-stack.ts";
import { openTwoStacks, type TwoStacks } from "./two-stacks.ts";

const minute = 60_000;

// Drills of one stack, told in order: each finds nothing that the one before it has left.
await describeWith(pulumiWithDocker, "a stack local that is rehearsed", ({ cli, docker }) => {
  let stacks: TwoStacks;
  let [from, to] = ["", ""];
  let farm: Farm;
  let demo = "";

  beforeAll(async () => {
    stacks = await openTwoStacks({ cli, docker });
    [from, to] = stacks.names;
    ({ farm, demo } = await stacks.settle(from));
    const { id } = await farm.startSession(demoTask);
    await farm.endOf(id);
  }, 30 * minute);
  afterAll(async () => {
    if (demo !== "") await docker("rm", "--force", demo);
    await stacks.end();
  }, minute);

  const list = async (kind: string, ...args: string[]) =>
    (await docker(kind, "ls", ...args)).split("\n").filter((name) => name !== "");
  const prefix = () => `testfarm-${to}-drill-`;
  /** Containers, networks and volumes of scratch stacks. */
  const scratches = async () => [
    ...(await list("container", "--all", "--format", `{{.Label "${labels.stack}"}} {{.Names}}`)).filter(
      (name) => name.startsWith(prefix()),
    ),
    ...(await list("network", "--format", "{{.Name}}", "--filter", `name=${prefix()}`)),
    ...(await list("volume", "--format", "{{.Name}}", "--filter", `name=${prefix()}`)),
  ];
  const stackNames = async () =>
    (JSON.parse((await stacks.pulumi("stack", "ls", "--json")).stdout) as { name: string }[]).map(
      ({ name }) => name,
    );
  /** All that may be left of a scratch stack. */
  const left = async () => [
    ...(await scratches()),
    ...(await stackNames()).filter((name) => name.includes("-drill-")),
    ...readdirSync(stacks.project).filter((name) => name.includes("-drill-")),
  ];
  const arrives = (what: () => Promise<unknown>) => vi.waitFor(what, { timeout: 10 * minute, interval: 500 });
  const hasContainers = () =>
    arrives(async () => expect((await scratches()).filter((name) => name.includes(" "))).not.toEqual([]));

  afterEach(async () => {
    // Of a test that has failed.
    for (const name of await scratches())
      if (name.includes(" ")) await docker("rm", "--force", name.split(" ")[1]!);
  });

  /** The source as its owner uses it. @returns answers to writes that were no 201. */
  function keepAsking() {
    const stopping = new AbortController();
    const refused: string[] = [];
    let asked = 0;
    const asking = (async () => {
      const relay = await stacks.relay(from);
      const body = JSON.stringify({ name: "Visitor", description: "Has never been here.", device: "phone" });
      const headers = { ...farm.headers, "content-type": "application/json" };
      while (!stopping.signal.aborted) {
        const answer = await fetch(`${relay}/api/personas`, { method: "POST", headers, body });
        if (answer.status !== 201) refused.push(`${answer.status} ${await answer.text()}`);
        else await answer.arrayBuffer();
        asked++;
        await sleep(100);
      }
    })();
    return async () => {
      stopping.abort();
      await asking;
      return { asked, refused };
    };
  }

  test(
    "its source takes writes all the time, its figures are told, and nothing of it is left",
    async () => {
      const stop = keepAsking();
      const drill = stacks.start("drill", from, to, "--yes", "--json", "--site", demoTask.url);
      // The demo shop is to be reached from the scratch stack's networks too, once they are there; one that it is on stays.
      let network: string | undefined;
      await arrives(async () => {
        network = (await scratches()).find((name) => name.endsWith("-out"));
        await docker("network", "connect", "--alias", "demo", network!, demo);
      });
      await arrives(async () => expect(drill.said()).toContain("pulumi destroy"));
      await docker("network", "disconnect", network!, demo);
      const code = await drill.ended;
      const { asked, refused } = await stop();
      const said = drill.said();
      expect(code, said).toBe(0);
      const found = said.slice(said.lastIndexOf("\n{\n"));
      console.log(`${found}${asked} writes meanwhile`);
      const { seconds, database, objects, pause, scratch, ...drilled } = JSON.parse(found) as Drilled;
      expect(drilled).toEqual({ from, to });
      expect(scratch).toMatch(new RegExp(`^${to}-drill-[0-9a-f]{6}$`));
      expect(Math.min(seconds.provision, seconds.smoke, seconds.destroy)).toBeGreaterThan(1);
      expect(pause).toBeGreaterThanOrEqual(seconds.copy + seconds.verify);
      expect(database.rows).toBeGreaterThan(10);
      expect(objects.number).toBeGreaterThan(0);
      expect([refused, asked > 10]).toEqual([[], true]);
      expect(await left()).toEqual([]);
      expect(await stackNames()).toEqual([from]);
    },
    20 * minute,
  );

  test(
    "what a killed one has left goes with the next one, and Ctrl-C leaves nothing",
    async () => {
      const killed = stacks.start("drill", from, to, "--yes");
      await hasContainers();
      killed.child.kill("SIGKILL");
      await killed.ended;
      const [orphan] = (await left()).filter((name) => name.startsWith("Pulumi."));
      const next = stacks.start("drill", from, to, "--yes");
      await arrives(async () =>
        expect((await left()).some((name) => name.startsWith("Pulumi.") && name !== orphan)).toBe(true),
      );
      expect((await left()).filter((name) => `Pulumi.${name}.yaml` === orphan || name === orphan)).toEqual(
        [],
      );
      await hasContainers();
      next.child.kill("SIGINT");
      const code = await next.ended;
      expect(next.said()).toContain(`removing ${orphan!.slice("Pulumi.".length, -".yaml".length)}, which an`);
      expect(next.said()).toContain("It was stopped.");
      expect(code).toBe(130);
      expect(await left()).toEqual([]);
    },
    20 * minute,
  );
});
