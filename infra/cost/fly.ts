import { fly } from "../prices/fly.ts";
import { tigris } from "../prices/tigris.ts";
import { free, listed, numberOf, type Rule, type Rules } from "./rule.ts";
import { picturesGb } from "./usage.ts";

const machine: Rule = ({ inputs: { size, memory, region, runsOnce } }) => {
  if (runsOnce === true) return { item: "machine that ends", free: true };
  const item = `machine ${String(size)} with ${String(memory)} MB in ${String(region)}`;
  if (typeof size !== "string" || typeof memory !== "number" || typeof region !== "string")
    return { item, unknown: true };
  const price = fly.machine(size, memory, region);
  return price ? { item, price, quantity: 1 } : { item, unknown: true };
};

const postgres: Rule = (resource) => {
  const gb = numberOf(resource, "diskGb", 10);
  return [
    listed("PostgreSQL", fly.postgres, resource, "plan", "basic"),
    gb === undefined
      ? { item: "disk", unknown: true }
      : { item: `disk of ${gb} GB`, price: fly.postgresDisk, quantity: gb },
  ];
};

/** Of each account at Tigris, which bills through Fly.io. */
const freeGb = 5;

const bucket: Rule = () => ({
  item: `bucket, ${freeGb} GB of it free`,
  price: tigris.storage,
  quantity: Math.max(0, picturesGb - freeGb),
  assuming: `${picturesGb} GB in it`,
});

export const flyRules: Rules = {
  "testfarm:fly:App": free("app"),
  "testfarm:fly:Bucket": bucket,
  // The first ten of an organization.
  "testfarm:fly:Certificate": free("certificate"),
  "testfarm:fly:Machine": machine,
  "testfarm:fly:Organization": free("organization"),
  "testfarm:fly:Postgres": postgres,
  "testfarm:fly:PostgresUser": free("database's account"),
  "testfarm:fly:Release": free("release"),
  "testfarm:fly:Secrets": free("secrets"),
};
