/** What the stack files of the managed tiers, `paas` and `fly`, may say. */
import { z } from "zod";
import { cities, type City } from "../hosts/catalogue.ts";
import { regions } from "../managed/regions.ts";
import { accounts, endpoints } from "./accounts.ts";
import { common, dns, ephemeral, homeCity } from "./common.ts";

const pinned = (repository: string) => {
  const error = `must be an image with its digest, as docker push prints it: ${repository}@sha256:...`;
  return z.string({ error }).regex(/^[^\s@]+@sha256:[\da-f]{64}$/, { error });
};
const app = pinned("ghcr.io/acme/testfarm");
const web = pinned("ghcr.io/acme/testfarm-web");
const unnamed = { error: "must name images by their digests, such as app: ghcr.io/acme/testfarm@sha256:..." };
/** Both, by their digests. */
export const images = z.strictObject({ app, web }, unnamed);

const managed = {
  ...common,
  ephemeral,
  dns,
  accounts,
  endpoints,
};

const paas = z.strictObject({
  tier: z.literal("paas"),
  ...managed,
  sessions: common.sessions.default(20),
  /** The city that everything is in or near to. Another one is refused once there is data. */
  near: z.enum(cities).default(homeCity),
  /** What the platform pulls. The page's own image is needed for `web: platform` only: others take its files. */
  image: z.strictObject({ app, web: web.optional() }, unnamed),
  service: z.enum(["railway", "render"]).default("railway"),
  web: z.enum(["vercel", "netlify", "platform"]).default("vercel"),
  database: z.enum(["supabase", "neon", "platform"]).default("supabase"),
  /** `none`: the queue runs on PostgreSQL. */
  cache: z.enum(["upstash", "platform", "none"]).default("upstash"),
  /** Of the platforms only Railway has buckets. */
  bucket: z.enum(["r2", "platform"]).default("r2"),
  /** `own`: the workers start Chromium themselves, which takes more memory. */
  browser: z.enum(["browserbase", "own"]).default("browserbase"),
});

/** Two cities may be near to one region. */
const areApart = (chosen: readonly City[]): boolean =>
  new Set(chosen.map((city) => regions.fly[city])).size === chosen.length;

// Fly.io pulls from public registries and its own only: it has no place for an account at another.
const { registryUsername: _, ...flyCommon } = managed;

const fly = z.strictObject({
  tier: z.literal("fly"),
  ...flyCommon,
  sessions: common.sessions.default(30),
  /** Where the application runs, by city; the first one has the data too. */
  regions: z
    .array(z.enum(cities), { error: "must be a list of cities" })
    .min(1, "needs at least one city, for example madrid")
    .refine(areApart, { error: "has two cities with the same region at Fly.io; name one of the two" })
    .default(["madrid", "new-york", "singapore"]),
  image: images,
  /** `none`: the queue runs on PostgreSQL. */
  cache: z.enum(["upstash", "none"]).default("upstash"),
  bucket: z.enum(["r2", "tigris"]).default("r2"),
  /** `own`: the workers start Chromium themselves, which takes more memory. */
  browser: z.enum(["browserbase", "own"]).default("browserbase"),
});

export { fly, paas };
