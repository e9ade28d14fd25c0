import type { HostPrices } from "./price.ts";

/**
 * None is known: the last list that we have is in EUR, of 2026-05-27, and prices changed on 2026-06-15.
 * GET https://api.hetzner.cloud/v1/pricing has the current ones.
 */
export const hetzner: HostPrices = { servers: {} };
