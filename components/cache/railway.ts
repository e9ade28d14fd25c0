import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { Cache, CacheArgs } from "../../infra/contracts/managed.ts";
import { railwayStore } from "../railway/store.ts";

const mountPath = "/data";

/**
 * Redis reads its settings from standard input too, so that the password is in no command line. `noeviction` is the only
 * policy under which BullMQ loses nothing: https://docs.bullmq.io/guide/going-to-production
 */
const command = `/bin/bash -c 'exec docker-entrypoint.sh redis-server --dir ${mountPath} --appendonly yes --maxmemory-policy noeviction - <<< "requirepass $REDIS_PASSWORD"'`;

/**
 * Redis in a container at Railway, whose volume is protected and kept. There is no way in but by the private network,
 * which is encrypted (https://docs.railway.com/networking/private-networking/how-it-works). Another city moves it, with a
 * pause.
 *
 * Railway runs a start command without a shell: https://docs.railway.com/deployments/start-command
 */
export class RailwayCache extends pulumi.ComponentResource implements Cache {
  readonly variables: Cache["variables"];

  constructor(name: string, args: CacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:Railway", name, {}, options);
    // Letters and digits, so that it can stand in a URL as it is.
    const { result } = new RandomPassword(
      `${name}-password`,
      { length: 40, special: false },
      { parent: this, protect: !args.ephemeral },
    );
    const password = pulumi.secret(result);
    const host = railwayStore(name, {
      ...args,
      parent: this,
      name: "redis",
      command,
      variables: { REDIS_PASSWORD: password },
      mountPath,
    });
    this.variables = {
      REDIS_URL: pulumi.secret(pulumi.interpolate`redis://default:${password}@${host}:6379`),
      REDIS_CLUSTER: "",
    };
    this.registerOutputs();
  }
}
