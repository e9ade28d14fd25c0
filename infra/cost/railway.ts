import type { RecordedResource, Recording } from "../plan/record.ts";
import { railway } from "../prices/railway.ts";
import { type Charge, free, numberOf, type Rule, type Rules } from "./rule.ts";
import { dataGb, picturesGb } from "./usage.ts";

/**
 * What a container uses on average, in GB and vCPU. An API or a worker whose browsers are elsewhere was measured at 150 to
 * 220 MB (test/bench/); the rest is a guess.
 */
const process = { memory: 0.25, processors: 0.1 };
/** PostgreSQL, or Redis: what has a volume. */
const store = { memory: 0.5, processors: 0.1 };

const service: Rule = (resource) => {
  const replicas = numberOf(resource, "replicas", 1);
  if (replicas === undefined) return { item: "containers", unknown: true };
  if (resource.inputs["restartPolicy"] === "NEVER") return { item: "container that ends", free: true };
  const { memory, processors } = resource.inputs["volume"] === undefined ? process : store;
  return {
    item: replicas === 1 ? "1 container" : `${replicas} containers`,
    price: railway.container(memory, processors),
    quantity: replicas,
    assuming: `${memory} GB and ${processors} vCPU each on average`,
  };
};

const volume: Rule = () => ({
  item: "disk",
  price: railway.volume,
  quantity: dataGb,
  assuming: `${dataGb} GB on it`,
});

const bucket: Rule = () => ({
  item: "bucket",
  price: railway.bucket,
  quantity: picturesGb,
  assuming: `${picturesGb} GB in it`,
});

const used: Rules = {
  "testfarm:railway:Bucket": bucket,
  "testfarm:railway:Service": service,
  "testfarm:railway:Volume": volume,
};

export const railwayRules: Rules = {
  ...used,
  "testfarm:railway:CustomDomain": free("domain"),
  "testfarm:railway:Project": free("project"),
};

/** The plan, and what it takes off the use of all that is paid by the account. */
export function railwayAccount({ type, name }: RecordedResource, recording: Recording): Charge[] {
  const use = recording.resources
    .filter(({ provider }) => provider === `${type}::${name}`)
    .flatMap((resource) => used[resource.type]?.(resource, recording) ?? [])
    .reduce((sum, charge) => sum + ("price" in charge ? charge.price.usd * charge.quantity : 0), 0);
  const included = Math.min(use, railway.pro.usd);
  return [
    { item: "plan Pro", price: railway.pro, quantity: 1 },
    ...(included > 0
      ? [{ item: "use that Pro includes", price: railway.pro, quantity: -included / railway.pro.usd }]
      : []),
  ];
}
