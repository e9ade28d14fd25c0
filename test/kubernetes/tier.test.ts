import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test, vi } from "vitest";
import { startLoad } from "../app/fleet/load.ts";
import { keepSessionsRunning } from "../engine/sessions.ts";
import type { Farm } from "../support/farm.ts";
import { describeWith } from "../support/services.ts";
import { stickyCookie } from "./ingress.ts";
import { demoTask, openTier, type Tier, tierTools } from "./tier.ts";
import { keepVisiting } from "./visitor.ts";

const minute = 60_000;
const seconds = (since: number) => Math.round((performance.now() - since) / 1_000);

/** How many pods there are of each. */
const whole = { api: 2, browser: 2, egress: 2, web: 2, worker: 2 };

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(tierTools, "tier kubernetes on real pods", (tools) => {
  let tier: Tier;
  let url: string;
  let farm: Farm;

  beforeAll(async () => {
    tier = await openTier(tools, { sessions: 10, sessionsPerBrowser: 4, apiReplicas: 2 });
  }, 30 * minute);

  const scale = (component: string, replicas: number) =>
    tier.kubectl("scale", `deployment/${component}`, `--replicas=${replicas}`);
  const rolledOut = async () => {
    for (const component of Object.keys(whole))
      await tier.kubectl("rollout", "status", `deployment/${component}`, "--timeout=300s");
  };
  const ready = async () =>
    Object.fromEntries(
      (await tier.list("deployments")).map(({ metadata, status }) => [metadata.name, status.readyReplicas]),
    );
  const podsOf = async (component: string): Promise<string[]> => {
    const pods = await tier.list("pods", "--selector", `app.kubernetes.io/component=${component}`);
    return pods
      .filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === "Running")
      .map(({ metadata }) => metadata.name);
  };
  const imagesOf = async (component: string) =>
    (await tier.list("pods", "--selector", `app.kubernetes.io/component=${component}`)).map(
      ({ spec }) => spec.containers[0].image as string,
    );
  test("comes up ready on the two nodes, with its own images", { timeout: 10 * minute }, async () => {
    await tier.up();
    const [job, ...others] = await tier.list("jobs");
    expect(others).toEqual([]);
    expect(job.status.succeeded).toBe(1);
    expect(await ready()).toEqual({ ...whole, browser: 1, worker: 1 });
    for (const component of ["browser", "worker"]) await scale(component, 2);
    await rolledOut();
    for (const component of ["api", "web", "egress", "worker"]) {
      const pods = await tier.list("pods", "--selector", `app.kubernetes.io/component=${component}`);
      expect(new Set(pods.map(({ spec }) => spec.nodeName)).size, component).toBe(2);
    }
    ({ url, farm } = await tier.settle());
  });

  test("a session runs to its end", { timeout: 5 * minute }, async () => {
    const { id } = await farm.startSession(demoTask);
    expect(await farm.endOf(id)).toMatchObject({ status: "passed", attempt: 1 });
    const types = (await farm.events(id)).map(({ type }) => type);
    expect(types.at(-1)).toBe("ended");
    expect(types.length).toBeGreaterThan(5);
  });

  test("up again changes nothing, whoever has scaled", { timeout: 5 * minute }, async () => {
    expect(await tier.up("--expect-no-changes")).toMatch(/\d+ unchanged/);
    expect(await ready()).toEqual(whole);
  });

  test("the page is the page's pods', what is under /api the API's", async () => {
    expect(await (await fetch(url)).text()).toContain("<title>TestFarm");
    expect((await fetch(`${url}/api/setup`)).headers.get("content-type")).toContain("application/json");
  });

  test("a visitor stays at one pod of the API by a cookie", async () => {
    const [given] = (await givenCookie(url))!.split(";");
    for (let visit = 0; visit < 10; visit++) expect(await givenCookie(url, given)).toBeUndefined();
  });

  test(
    "a release, pods that go, nodes that are drained and a worker more and less: no request fails, no event is lost or told twice, every session passes",
    { timeout: 40 * minute },
    async () => {
      await tier.release("release-b");
      const [before] = await imagesOf("api");
      const task = { ...demoTask, personaId: farm.personaId };
      const [sticky] = (await givenCookie(url))!.split(";");
      const staying = { ...farm.headers, cookie: `${farm.headers["cookie"]}; ${sticky}` };
      const loads = [farm.headers, staying].map((headers) => startLoad(url, headers, task, 500, 20_000));
      const visits = keepVisiting(url, ["/", "/api/me"], farm.headers, 100);
      const sessions = keepSessionsRunning(farm, url, demoTask, { atOnce: 3, readersEach: 17 });
      const drain = async (node: string) => {
        const inTime = ["--delete-emptydir-data", "--timeout=600s"];
        await tier.cluster.kubectl("drain", node, "--ignore-daemonsets", ...inTime);
        expect(await podsOn(tier, node)).toEqual(["seccomp-profile"]);
        await rolledOut();
        await tier.cluster.kubectl("uncordon", node);
      };
      const times = await timed({
        release: () => tier.up(),
        "API pod deleted": () => remove("api"),
        "worker deleted": () => remove("worker"),
        "browser deleted": () => remove("browser"),
        "page's pod deleted": () => remove("web"),
        "filter's pod deleted": () => remove("egress"),
        "workers to 3": () => scale("worker", 3).then(rolledOut),
        "workers to 1": () => scale("worker", 1).then(rolledOut),
        "node-1 drained": () => drain("node-1"),
        "node-2 drained": () => drain("node-2"),
        "workers to 2": () => scale("worker", 2).then(rolledOut),
      });
      const asked = () => loads.reduce((sum, load) => sum + load.requests(), 0);
      while (asked() < 10_000) await sleep(100);
      const told = await sessions.stop();
      const visited = await visits.stop();
      await Promise.all(loads.map((load) => load.stop()));
      console.log(
        `${asked()} + ${visited.requests} requests, the slowest ${Math.round(Math.max(...loads.map((load) => load.slowest())))} ms, ` +
          `the longest gap ${Math.round(visited.longestGap)} ms; ${told.sessions} sessions, ${told.handedOver} handed over; ` +
          `${told.events} events, the latest ${told.longestLag} ms; ${times}`,
      );
      expect(loads.map(({ failures }) => failures)).toEqual([{}, {}]);
      expect(visited.failures).toEqual({});
      expect(told.problems).toEqual([]);
      expect(told.handedOver).toBeGreaterThan(0);
      await vi.waitFor(async () => expect(await ready()).toEqual(whole));
      const after = await imagesOf("api");
      expect(after).not.toContain(before);
      const pods = await tier.list("pods");
      const restarts = pods.flatMap(({ status }) => status.containerStatuses ?? []);
      expect(restarts.map(({ restartCount }) => restartCount)).toEqual(restarts.map(() => 0));
    },
  );

  /** As an accident of one does, and waits for another one in its place. */
  async function remove(component: string): Promise<void> {
    const [pod] = await podsOf(component);
    await tier.kubectl("delete", "pod", pod!, "--timeout=120s");
    await rolledOut();
  }
});

/** Components that have pods there. */
async function podsOn({ cluster }: Tier, node: string): Promise<string[]> {
  const on = ["--all-namespaces", "--field-selector", `spec.nodeName=${node}`];
  const { items } = await cluster.get<{ items: any[] }>("pods", ...on);
  return items.map(({ metadata }) => metadata.labels["app.kubernetes.io/component"]);
}

/** @returns the cookie by which the proxy wants to know a visitor again; none where it has one that is still of use. */
async function givenCookie(url: string, cookie?: string): Promise<string | undefined> {
  const response = await fetch(`${url}/api/setup`, { headers: cookie === undefined ? {} : { cookie } });
  expect(response.status).toBe(200);
  return response.headers.getSetCookie().find((each) => each.startsWith(`${stickyCookie}=`));
}

/** @returns how long each of the steps took. */
async function timed(steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<string> {
  const times: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    const began = performance.now();
    await step();
    times.push(`${name} ${seconds(began)} s`);
    console.log(times.at(-1));
  }
  return times.join(", ");
}
