import { beforeAll, expect, test, vi } from "vitest";
import type { Session } from "../../app/contract.ts";
import { every } from "../../app/every.ts";
import type { Farm } from "../support/farm.ts";
import { describeWith, type Service } from "../support/services.ts";
import { installKeda, type Keda, kedaTools } from "./keda.ts";
import { demoTask, openTier, type Tier, tierTools, type TierTools } from "./tier.ts";

const minute = 60_000;

const everything: Service<TierTools & { readonly keda: Keda }> = {
  name: `${tierTools.name} and ${kedaTools.name}`,
  needs: `${tierTools.needs} ${kedaTools.needs}`,
  async find() {
    const [tools, keda] = [await tierTools.find(), await kedaTools.find()];
    return tools === undefined || keda === undefined ? undefined : { ...tools, keda };
  },
};

/** The stack has them go one a minute, after five minutes: the same, but sooner. */
const soon = {
  pollingInterval: 5,
  advanced: {
    horizontalPodAutoscalerConfig: {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 15,
          policies: [{ type: "Pods", value: 1, periodSeconds: 15 }],
        },
      },
    },
  },
};

const scaled = ["worker", "browser"] as const;
type Counts = Readonly<Record<(typeof scaled)[number], number>>;
const least: Counts = { worker: 2, browser: 1 };
/** For 12 sessions: 4 a worker, and 4 a browser. */
const most: Counts = { worker: 3, browser: 3 };

await describeWith(everything, "workers and browsers that KEDA scales", (tools) => {
  let tier: Tier;
  let farm: Farm;

  beforeAll(async () => {
    tier = await openTier(tools, { sessions: 12, sessionsPerBrowser: 4, apiReplicas: 1 });
    await installKeda(tools.keda, tier.cluster);
    await tier.up();
    ({ farm } = await tier.settle());
  }, 30 * minute);

  const counts = async (): Promise<Counts> => {
    const found = (await tier.list("deployments")).map(({ metadata, spec }) => [
      metadata.name,
      spec.replicas,
    ]);
    const { worker, browser } = Object.fromEntries(found) as Counts;
    return { worker, browser };
  };

  test(
    "asks the queue by its own account, and is ready to scale",
    async () => {
      await vi.waitFor(async () => {
        const objects = await tier.list("scaledobjects");
        const readiness = objects.map(({ metadata, status }) => [
          metadata.name,
          status?.conditions?.find(({ type }: { type: string }) => type === "Ready")?.status,
        ]);
        expect(Object.fromEntries(readiness)).toEqual({ worker: "True", browser: "True" });
      }, 3 * minute);
      expect(await counts()).toEqual(least);
    },
    4 * minute,
  );

  test(
    "20 sessions bring as many as there may be, which go again; none of the sessions is cut off",
    { timeout: 30 * minute },
    async () => {
      const patch = `--patch=${JSON.stringify({ spec: soon })}`;
      for (const component of scaled)
        await tier.kubectl("patch", "scaledobject", component, "--type=merge", patch);
      const seen: Counts[] = [];
      const began = performance.now();
      const since = () => Math.round((performance.now() - began) / 1_000);
      const watching = every(1_000, async () => void seen.push(await counts()), console.warn);
      const started = await Promise.all(Array.from({ length: 20 }, () => farm.startSession(demoTask)));
      await vi.waitFor(async () => expect(await counts()).toEqual(most), 5 * minute);
      const up = since();
      const ended: Session[] = [];
      for (const { id } of started) ended.push(await farm.endOf(id));
      const over = since();
      await vi.waitFor(async () => expect(await counts()).toEqual(least), 5 * minute);
      const down = since();
      await watching.close();
      const told = await Promise.all(started.map(({ id }) => farm.events(id)));
      const handedOver = told.filter((events) => events.some(({ type }) => type === "continued"));
      console.log(
        `20 sessions: ${most.worker} workers and ${most.browser} browsers after ${up} s, the last session over after ${over} s, ` +
          `as few as at first after ${down} s; ${handedOver.length} sessions handed over`,
      );
      expect(ended.map(({ status, attempt }) => `${status} at ${attempt}`)).toEqual(
        ended.map(() => "passed at 1"),
      );
      for (const component of scaled)
        expect(Math.max(...seen.map((each) => each[component])), component).toBe(most[component]);
    },
  );
});
