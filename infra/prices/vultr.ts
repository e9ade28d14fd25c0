import type { HostPrices } from "./price.ts";

/** None is known. GET https://api.vultr.com/v2/plans has the current ones, without an account. */
export const vultr: HostPrices = { servers: {} };
