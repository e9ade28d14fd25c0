import * as pulumi from "@pulumi/pulumi";
import { hasOwnAuthority } from "../../infra/contracts/database-authority.ts";
import { toldBy } from "../external/secret-address.ts";
import type { Parts } from "./parts.ts";
import { postgresQuery, redisFormula, redisKeys } from "../../infra/contracts/queue.ts";

interface Trigger {
  readonly type: pulumi.Input<string>;
  readonly name?: string;
  readonly metadata: Readonly<Record<string, pulumi.Input<string>>>;
}

/** How KEDA learns how many sessions there are to run. */
export interface QueueAccess {
  /** Of its TriggerAuthentication, by the parameters of its scaler. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** @param each sessions that one pod runs. */
  readonly triggers: (each: number) => {
    readonly triggers: readonly Trigger[];
    readonly scalingModifiers?: Readonly<Record<string, string>>;
  };
}

/** The queue is PostgreSQL's where there is no Redis. */
export function queueAccess({ args }: Parts): QueueAccess {
  const {
    REDIS_URL = "",
    REDIS_CLUSTER = "",
    DATABASE_DIRECT_URL = "",
    DATABASE_URL = "",
  } = args.variables.worker;
  return REDIS_URL === ""
    ? // A query by itself holds for a transaction, but what keeps a connection open is not for a pooler.
      onPostgres(DATABASE_DIRECT_URL === "" ? DATABASE_URL : DATABASE_DIRECT_URL)
    : onRedis(REDIS_URL, REDIS_CLUSTER);
}

/**
 * https://keda.sh/docs/2.20/scalers/postgresql/: `connection` may be an address. KEDA's driver encrypts without verifying
 * (`require`: https://www.postgresql.org/docs/17/libpq-ssl.html) where the application does so, in Node's word `no-verify`,
 * and where it could not verify: it trusts the roots of its own image alone, and would never connect to a database whose
 * company has an authority of its own.
 */
const onPostgres = (url: pulumi.Input<string>): QueueAccess => ({
  secrets: { connection: toldBy(url, encryptedForKeda) },
  triggers: (each) => ({
    triggers: [{ type: "postgresql", metadata: { query: postgresQuery, targetQueryValue: `${each}` } }],
  }),
});

function encryptedForKeda(url: string): string {
  const unverified = hasOwnAuthority(new URL(url).hostname)
    ? /sslmode=(no-verify|verify-ca|verify-full)/
    : "sslmode=no-verify";
  return url.replace(unverified, "sslmode=require");
}

/**
 * https://keda.sh/docs/2.20/scalers/redis-lists/: the scaler takes no address with everything in it, and reads one key. So
 * there is a trigger for each, and the sum of them counts.
 */
function onRedis(url: pulumi.Input<string>, isCluster: pulumi.Input<string>): QueueAccess {
  const address = toldBy(url, (text) => new URL(text));
  const type = pulumi.output(isCluster).apply((text) => (text === "true" ? "redis-cluster" : "redis"));
  const databaseIndex = address.apply(({ pathname }) => pathname.slice(1) || "0");
  return {
    secrets: {
      address: address.apply(({ hostname, port }) => `${hostname}:${port || "6379"}`),
      username: address.apply(({ username }) => decodeURIComponent(username)),
      password: address.apply(({ password }) => decodeURIComponent(password)),
      tls: address.apply(({ protocol }) => (protocol === "rediss:" ? "enable" : "disable")),
    },
    triggers: (each) => ({
      triggers: Object.entries(redisKeys).map(([name, listName]) => ({
        type,
        name,
        metadata: { listName, databaseIndex },
      })),
      scalingModifiers: { formula: redisFormula, target: `${each}`, metricType: "AverageValue" },
    }),
  };
}
