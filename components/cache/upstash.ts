import * as pulumi from "@pulumi/pulumi";
import type { Cache, CacheArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { upstash } from "../provider/vendors/upstash.ts";

const Redis = resourceClass("upstash", "Redis", upstash.kinds.Redis);

/**
 * Redis at Upstash, in one region, by TLS with a public certificate. Its plan is changed in place; another name or city
 * replaces it, which the protection refuses.
 *
 * `fixed_250mb`, 10 USD a month: an idle worker of BullMQ sends 112 commands a minute (measured), which cost as much where
 * commands are billed. Upstash itself advises a fixed plan for BullMQ
 * (https://upstash.com/docs/redis/integrations/bullmq, 2026-11-26). Jobs are small and go when they are done.
 */
export class UpstashCache extends pulumi.ComponentResource implements Cache {
  readonly variables: Cache["variables"];

  constructor(name: string, args: CacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:Upstash", name, {}, options);
    const { label, near, ephemeral, accounts } = args;
    const redis = new Redis(
      name,
      {
        name: label,
        region: regions.upstash[near],
        plan: "fixed_250mb",
        eviction: false,
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: accounts.at("upstash"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    const password = redis.password.apply(encodeURIComponent);
    this.variables = {
      REDIS_URL: pulumi.secret(pulumi.interpolate`rediss://default:${password}@${redis.host}:${redis.port}`),
      REDIS_CLUSTER: "",
    };
    this.registerOutputs();
  }
}
