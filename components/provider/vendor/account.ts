/** The account at a vendor that an instance of the provider is configured with. */
import type { Failure, Properties } from "../contract.ts";
import { type VendorName, vendors } from "../vendors/index.ts";
import { unknown } from "../wire.ts";
import { openApi } from "./api.ts";
import type { VendorSession } from "./resource.ts";

const isVendor = (name: unknown): name is VendorName =>
  typeof name === "string" && Object.hasOwn(vendors, name);

/** Its credentials are checked for being there only: what they are worth the vendor says. */
export function accountFailures({ vendor, credentials, endpoint }: Properties): readonly Failure[] {
  if (vendor === undefined || vendor === unknown) return [];
  if (!isVendor(vendor)) {
    const reason = `vendor is ${JSON.stringify(vendor)}; it must be one of ${Object.keys(vendors).join(", ")}`;
    return [{ property: "vendor", reason }];
  }
  const failures: Failure[] = [];
  if (endpoint !== undefined && endpoint !== unknown && !URL.canParse(String(endpoint)))
    failures.push({
      property: "endpoint",
      reason: `endpoint is ${JSON.stringify(endpoint)}; it must be an address such as ${vendors[vendor].origin}`,
    });
  if (credentials !== unknown) {
    const { error } = vendors[vendor].credentials.safeParse(JSON.parse(String(credentials ?? "{}")));
    for (const { path } of error?.issues ?? [])
      failures.push({
        property: "credentials",
        reason: `${path.join(".")} of ${vendors[vendor].title} is missing`,
      });
  }
  return failures;
}

/** @returns the client of its API for that vendor's resources; those of another one have no account. */
export function openAccount({ vendor, credentials, endpoint, interval }: Properties): VendorSession["api"] {
  const api = isVendor(vendor)
    ? openApi(vendors[vendor], {
        credentials: JSON.parse(String(credentials)) as Record<string, string>,
        ...(endpoint !== undefined && { endpoint: String(endpoint) }),
        ...(interval !== undefined && { interval: Number(interval) }),
      })
    : undefined;
  return (asked) => {
    if (api !== undefined && asked === vendor) return api;
    throw new Error(`This resource needs a provider with an account at ${asked}.`);
  };
}
