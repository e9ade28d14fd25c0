import type { RecordedResource, Recording } from "../plan/record.ts";
import { render } from "../prices/render.ts";
import { type Charge, free, listed, numberOf, type Rule, type Rules } from "./rule.ts";

const service: Rule = (resource) => {
  const instances = numberOf(resource, "instances", 1);
  const item = instances === 1 ? "instance" : `${instances ?? "so many"} instances`;
  const charge = listed(item, render.instances, resource, "plan", "starter");
  return "price" in charge && instances !== undefined
    ? { ...charge, quantity: instances }
    : { item: charge.item, unknown: true };
};

/** A standby costs what the primary does (unverified). */
const postgres: Rule = (resource) => {
  const { diskSizeGB, highAvailability } = resource.inputs;
  const copies = highAvailability === true ? 2 : 1;
  const charge = listed("PostgreSQL", render.postgres, resource, "plan", "basic_256mb");
  return [
    "price" in charge ? { ...charge, quantity: copies } : charge,
    typeof diskSizeGB === "number"
      ? { item: `disk of ${diskSizeGB} GB`, price: render.disk, quantity: diskSizeGB * copies }
      : { item: "disk", unknown: true },
  ];
};

export const renderRules: Rules = {
  "testfarm:render:CustomDomain": free("domain"),
  "testfarm:render:Job": () => ({ item: "job", price: render.cronJob, quantity: 1, assuming: "minutes" }),
  "testfarm:render:KeyValue": (resource) => listed("Valkey", render.keyValue, resource, "plan", "starter"),
  "testfarm:render:Postgres": postgres,
  "testfarm:render:RegistryCredential": free("registry's account"),
  "testfarm:render:Service": service,
};

/** Only autoscaling needs more than the workspace that is free. */
export function renderAccount({ type, name }: RecordedResource, { resources }: Recording): Charge {
  const scales = resources.some(
    ({ provider, inputs }) => provider === `${type}::${name}` && inputs["maxInstances"] !== undefined,
  );
  return scales
    ? { item: "workspace Pro", price: render.workspace, quantity: 1 }
    : { item: "workspace Hobby", free: true };
}
