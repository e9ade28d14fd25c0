/** What the published types do not say about object storage and tokens at Cloudflare. */
import type { Properties } from "../../../components/provider/contract.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Refusal } from "./refusals.ts";

/**
 * `replaces` is `RequiresReplace` in the schemas of cloudflare/terraform-provider-cloudflare a2efdc5 (5.22.0), of
 * 2026-07-10. A location that was asked for is kept there whatever is said later.
 */
export const cloudflare: Readonly<Record<string, Behaviour>> = {
  "cloudflare:index/r2Bucket:R2Bucket": { replaces: ["accountId", "name"] },
  "cloudflare:index/r2BucketCors:R2BucketCors": { replaces: ["accountId", "bucketName"] },
  "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle": { replaces: ["accountId", "bucketName"] },
  "cloudflare:index/accountToken:AccountToken": {
    id: (seed) => seed.slice(0, 32),
    outputs: (_, seed) => ({ value: seed.slice(0, 40), status: "active" }),
    replaces: ["accountId"],
  },
};

const locations = ["apac", "eeur", "enam", "weur", "wnam", "oc"];

/** https://developers.cloudflare.com/r2/buckets/create-buckets/, read 2026-11-26. */
const bucket: Refusal = ({ name, location }) => {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(String(name)))
    return `400 The specified bucket name is not valid: ${String(name)}`;
  return location === undefined || locations.includes(String(location))
    ? undefined
    : `location value must be one of: ${locations.join(", ")}; got: ${String(location)}`;
};

interface Rule {
  readonly allowed: { readonly origins: readonly string[] };
}
/** "Invalid: https://static.example.com/": https://developers.cloudflare.com/r2/buckets/cors/, read 2026-11-26. */
const cors: Refusal = ({ rules = [] }) => {
  const origins = (rules as unknown as readonly Rule[]).flatMap(({ allowed }) => allowed.origins);
  const wrong = origins.find((each) => !/^(\*|https?:\/\/[^/]+)$/.test(each));
  return wrong && `400 ${wrong} is not a valid origin: it must be scheme://host[:port]`;
};

interface Policy {
  readonly permissionGroups: readonly { readonly id: string }[];
  readonly resources: string;
}
/** https://developers.cloudflare.com/r2/api/tokens/, read 2026-11-26; JSON is what the provider itself demands. */
function tokenOf({ policies = [] }: Properties): string | undefined {
  for (const { permissionGroups, resources } of policies as unknown as readonly Policy[]) {
    const group = permissionGroups.find(({ id }) => !/^[\da-f]{32}$/.test(id));
    if (group !== undefined) return `400 permission group ${group.id} was not found`;
    const wrong = Object.keys(parsed(resources)).find((each) => !/^com\.cloudflare\.[\w.*-]+$/.test(each));
    if (wrong !== undefined) return `400 ${wrong} is not a valid resource name`;
  }
  return undefined;
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { [`String must be a valid JSON: ${text}`]: "" };
  }
}

export const cloudflareRefusals: Readonly<Record<string, Refusal>> = {
  "cloudflare:index/r2Bucket:R2Bucket": bucket,
  "cloudflare:index/r2BucketCors:R2BucketCors": cors,
  "cloudflare:index/accountToken:AccountToken": tokenOf,
};
