/**
 * Fly.io's Machines API (https://docs.machines.dev/openapi.json, the same as https://docs.fly.io/api/machines/openapi.json,
 * in the copy of github.com/distilled-mirror/spec-mirror-fly-io; superfly/fly-go and superfly/docs of August 2026; read
 * 2026-11-26). Managed Postgres with its accounts is part of it by now; only buckets (graphql.ts) and releases are api.fly.io's.
 */
import { z } from "zod";
import { vendor } from "../../vendor/kind.ts";
import { app } from "./app.ts";
import { bucket, isGoneBucket } from "./bucket.ts";
import { certificate } from "./certificate.ts";
import { failureIn, refusalOf } from "./graphql.ts";
import { isGoneMachine, machine } from "./machine.ts";
import { organization } from "./organization.ts";
import { isGoneCluster, postgres, postgresUser } from "./postgres.ts";
import { release } from "./release.ts";
import { hasNoSecrets, secrets } from "./secrets.ts";

/** By status, or by what the message says. */
const advices: readonly (readonly [number | RegExp, string])[] = [
  [
    401,
    "Make a token with fly tokens create org, and set testfarm:flyToken; see https://fly.io/docs/security/tokens",
  ],
  [
    403,
    "The token must be one of the organization, as fly tokens create org makes it: one of an app may make no app and no cluster. See https://fly.io/docs/security/tokens, and set testfarm:flyToken",
  ],
  [402, "The organization needs a payment method: https://fly.io/dashboard"],
  [/name.*taken|name_taken/i, "Names of apps are shared by all of Fly.io: choose another one"],
  [/insufficient|capacity/i, "The region is full for this size: wait, or choose another region or size"],
  [
    /lease/i,
    "Somebody else changes the machine, or a deploy has failed a few minutes ago: wait, or end it with fly machine leases clear",
  ],
  [408, "Its log says why: fly logs"],
  [/region/i, "https://fly.io/docs/reference/regions has those that are offered"],
];

export const fly = vendor({
  title: "Fly.io",
  origin: "https://api.machines.dev",
  credentials: z.object({ token: z.string() }),
  headers: ({ token }) => ({ authorization: `Bearer ${token}` }),
  messageIn(body) {
    const { error, message } = (body ?? {}) as { readonly error?: unknown; readonly message?: unknown };
    return [error, message, failureIn(body)?.message].find((each) => typeof each === "string");
  },
  refusalIn(body) {
    const failure = failureIn(body);
    if (failure !== undefined) return refusalOf(failure);
    return isGoneMachine(body) || isGoneCluster(body) || isGoneBucket(body) || hasNoSecrets(body)
      ? { status: 404, message: "it is gone" }
      : undefined;
  },
  advice: ({ status, message }) =>
    advices.find(([sign]) => (typeof sign === "number" ? sign === status : sign.test(message)))?.[1],
  kinds: {
    App: app,
    Bucket: bucket,
    Certificate: certificate,
    Machine: machine,
    Organization: organization,
    Postgres: postgres,
    PostgresUser: postgresUser,
    Release: release,
    Secrets: secrets,
  },
});
