/** Where people are served, and when the side that they were served by may go. */
import type { ActionName, GuardName } from "../plan/names.ts";
import { waitQueued } from "../verify/queue.ts";
import type { Action, Guard } from "./contract.ts";
import { streamsBackGuard } from "./following.ts";
import { finishing } from "./moving.ts";

const startTarget: Action = async (context, signal) => {
  await finishing(context, "target", signal);
  const { surroundings, plan, report, note } = context;
  const served = await surroundings.waitServed("target", signal);
  const { name, databaseUrl } = await context.side("target");
  const open = () => surroundings.openQueue("target", databaseUrl);
  const { interval } = plan.timing;
  return { ...served, ...(await waitQueued({ name, databaseUrl, open, interval, signal, report, note })) };
};

const switchBack: Action = async (context, signal) => {
  await finishing(context, "source", signal);
  return context.surroundings.switchTraffic("source", signal);
};

/** The target has served long enough, and ONLINE what is written there still comes back. */
const observed: Guard = async (context, signal, run) => {
  const { path, timing } = context.plan;
  const opened = run.earlier("open-target")?.["at"];
  const left = Date.parse(String(opened)) + timing.observe - Date.now();
  if (left > 0) return `the target is to be observed for ${Math.ceil(left / 60_000)} minutes more`;
  return path === "ONLINE" ? streamsBackGuard["streams-back"](context, signal, run) : true;
};

export const guards = { ...streamsBackGuard, observed } as const satisfies Record<GuardName, Guard>;

export const serving = {
  "start-target": startTarget,
  "smoke-target": ({ surroundings }, signal) => surroundings.smoke("target", signal),
  "switch-traffic": ({ surroundings }, signal) => surroundings.switchTraffic("target", signal),
  "switch-traffic-back": switchBack,
  watch: async (context, signal, run) => {
    const found = context.plan.path === "ONLINE" && (await guards["streams-back"](context, signal, run));
    return found === false || found === true ? {} : { lacks: found };
  },
  "final-backup": ({ surroundings }, signal) => surroundings.backUp("source", signal),
  unprotect: ({ surroundings }, signal) => surroundings.unprotectSource(signal),
  "destroy-source": ({ surroundings }, signal) => surroundings.destroySource(signal),
} as const satisfies Partial<Record<ActionName, Action>>;
