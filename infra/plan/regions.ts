import { companies, type CompanyName } from "../config/accounts.ts";
import type { Config } from "../config/schema.ts";
import type { City } from "../hosts/catalogue.ts";
import { regions } from "../managed/regions.ts";
import type { RecordedResource } from "./record.ts";

/** Where a company has put what is to be in a city, or near to it. */
export interface Place {
  /** Absent where the region is none that a city of the stack's file stands for. */
  readonly city?: City;
  /** By the company's own name. */
  readonly region: string;
  readonly company: CompanyName;
  readonly what: string;
}

interface Placed {
  readonly company: CompanyName;
  readonly what: string;
  /** The region of each city, for this kind. */
  readonly table: keyof typeof regions;
  /** That names the region. Default: `region`. */
  readonly input?: string;
}

/** By type; others are everywhere, as Vercel's pages are, or where something else is. */
const placed: Readonly<Record<string, Placed>> = {
  "cloudflare:index/r2Bucket:R2Bucket": {
    company: "cloudflare",
    what: "bucket",
    table: "r2",
    input: "location",
  },
  "testfarm:fly:Machine": { company: "fly", what: "machines", table: "fly" },
  "testfarm:fly:Postgres": { company: "fly", what: "database", table: "flyPostgres" },
  "testfarm:neon:Project": { company: "neon", what: "database", table: "neon" },
  "testfarm:railway:Bucket": { company: "railway", what: "bucket", table: "railwayBucket" },
  "testfarm:railway:Service": { company: "railway", what: "services", table: "railway" },
  "testfarm:railway:Volume": { company: "railway", what: "volumes", table: "railway" },
  "testfarm:render:Job": { company: "render", what: "services", table: "render" },
  "testfarm:render:KeyValue": { company: "render", what: "queue", table: "render" },
  "testfarm:render:Postgres": { company: "render", what: "database", table: "render" },
  "testfarm:render:Service": { company: "render", what: "services", table: "render" },
  "testfarm:supabase:Project": { company: "supabase", what: "database", table: "supabase" },
  "testfarm:upstash:Redis": { company: "upstash", what: "queue", table: "upstash" },
};

/** The cities of a managed tier's file; `undefined` on tiers where each provider tells its own. */
export function citiesOf(config: Config): readonly City[] | undefined {
  if (config.tier === "paas") return [config.near];
  return config.tier === "fly" ? config.regions : undefined;
}

/** Where everything is that has a region: read from the resources, named by the stack's cities, in their order. */
export function placesOf(resources: readonly RecordedResource[], cities: readonly City[]): Place[] {
  const places = resources.flatMap(({ type, inputs }): Place[] => {
    const kind = Object.hasOwn(placed, type) ? placed[type] : undefined;
    const region = kind && inputs[kind.input ?? "region"];
    if (!kind || typeof region !== "string") return [];
    const city = cities.find((each) => regions[kind.table][each] === region);
    return [{ ...(city !== undefined && { city }), region, company: kind.company, what: kind.what }];
  });
  const rank = ({ city }: Place): number => (city === undefined ? cities.length : cities.indexOf(city));
  const once = new Map(places.map((place) => [Object.values(place).join(" "), place]));
  return [...once.values()].toSorted((a, b) => rank(a) - rank(b) || said(a).localeCompare(said(b), "en"));
}

/** As in `Fly.io machines`. */
export const said = ({ company, what }: Place): string => `${companies[company].title} ${what}`;
