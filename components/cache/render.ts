import * as pulumi from "@pulumi/pulumi";
import type { Cache, CacheArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { keyValue } from "../provider/vendors/render/key-value.ts";

const KeyValue = resourceClass("render", "KeyValue", keyValue);

/**
 * A Valkey store at Render, which speaks Redis, writes to a disk and drops nothing by itself. Its size is changed in
 * place; another name, workspace or city replaces it, which the protection refuses.
 *
 * Only services of the same region reach it, by the private network: https://render.com/docs/key-value
 */
export class RenderCache extends pulumi.ComponentResource implements Cache {
  readonly variables: Cache["variables"];

  constructor(name: string, args: CacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:Render", name, {}, options);
    const { label, near, ephemeral, accounts } = args;
    const store = new KeyValue(
      name,
      {
        name: label,
        ownerId: accounts.requireIdAt("render"),
        region: regions.render[near],
        plan: "starter",
        maxmemoryPolicy: "noeviction",
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: accounts.at("render"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    this.variables = { REDIS_URL: pulumi.secret(store.url), REDIS_CLUSTER: "" };
    this.registerOutputs();
  }
}
