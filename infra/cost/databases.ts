/** Companies that have nothing but databases, and those that keep a queue. */
import type { RecordedResource, Recording } from "../plan/record.ts";
import { neon } from "../prices/neon.ts";
import { supabase } from "../prices/supabase.ts";
import { upstash } from "../prices/upstash.ts";
import { type Charge, listed, numberOf, type Rule, type Rules } from "./rule.ts";
import { dataGb } from "./usage.ts";

const compute = (resource: RecordedResource): Charge =>
  listed("compute", supabase.compute, resource, "instanceSize", "micro");

/** It never stops: API and workers hold connections. */
const neonProject: Rule = (resource) => {
  const units = numberOf(resource, "minComputeUnits", 0.25);
  if (units === undefined) return { item: "compute", unknown: true };
  return [
    {
      item: "compute",
      price: neon.compute,
      quantity: units,
      assuming: `${units} CU on average, its least`,
    },
    { item: "storage", price: neon.storage, quantity: dataGb, assuming: `${dataGb} GB of data` },
  ];
};

export const databaseRules: Rules = {
  "testfarm:neon:Project": neonProject,
  "testfarm:supabase:Project": compute,
  "testfarm:upstash:Redis": (resource) => listed("Redis", upstash, resource, "plan", "payg"),
};

/** The organization's plan, and what it takes off the compute of all its projects. */
export function supabaseAccount({ type, name }: RecordedResource, { resources }: Recording): Charge[] {
  const charges = resources
    .filter((resource) => resource.type === "testfarm:supabase:Project")
    .filter(({ provider }) => provider === `${type}::${name}`)
    .map(compute);
  const usd = charges.reduce((sum, charge) => sum + ("price" in charge ? charge.price.usd : 0), 0);
  const included = Math.min(usd, supabase.credit.usd);
  return [
    { item: "plan Pro", price: supabase.pro, quantity: 1 },
    ...(included > 0
      ? [
          {
            item: "compute that Pro includes",
            price: supabase.credit,
            quantity: -included / supabase.credit.usd,
          },
        ]
      : []),
  ];
}
