/** Where Fly.io has machines (https://fly.io/docs/reference/regions, superfly/docs of 2026-08-07, read 2026-11-26). */
import { z } from "zod";

export const regions = {
  ams: "Amsterdam",
  arn: "Stockholm",
  bom: "Mumbai",
  cdg: "Paris",
  dfw: "Dallas",
  ewr: "Secaucus, New Jersey",
  fra: "Frankfurt",
  gru: "Sao Paulo",
  iad: "Ashburn, Virginia",
  jnb: "Johannesburg",
  lax: "Los Angeles",
  lhr: "London",
  nrt: "Tokyo",
  ord: "Chicago",
  sin: "Singapore",
  sjc: "San Jose, California",
  syd: "Sydney",
  yyz: "Toronto",
} as const;
export type Region = keyof typeof regions;

/** Those that have Managed Postgres too (mpg/overview of the same). */
export const postgresRegions = [
  ...(["ams", "fra", "gru", "iad", "lax", "lhr", "nrt", "ord", "sin", "sjc", "syd", "yyz"] as const),
] satisfies readonly Region[];

export const region = z.enum(Object.keys(regions) as Region[], {
  error: ({ input }) =>
    input === "mad"
      ? "Fly.io closed Madrid in October 2025; use cdg or fra"
      : `must be one of ${Object.keys(regions).join(", ")}`,
});

export const postgresRegion = z.enum(postgresRegions, {
  error: `must be one of ${postgresRegions.join(", ")}: the others have no Managed Postgres`,
});
