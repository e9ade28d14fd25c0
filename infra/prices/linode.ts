import type { HostPrices } from "./price.ts";

/** None is known. GET https://api.linode.com/v4/linode/types has the current ones, without an account. */
export const linode: HostPrices = { servers: {} };
