/** Cities that a server can be near to. */
export const cities = ["madrid", "frankfurt", "new-york", "singapore"] as const;
export type City = (typeof cities)[number];

/** Sizes by the same name at every provider: at least 2 vCPU and 4 GB, 4 and 8, 6 and 16. */
export const neutralSizes = ["small", "medium", "large"] as const;
export type NeutralSize = (typeof neutralSizes)[number];

/** Below it PostgreSQL, Redis, the application and one browser do not fit. */
export const least = { vcpus: 2, memoryGb: 4 } as const;

export interface Size {
  readonly vcpus: number;
  readonly memoryGb: number;
  /** Regions that have it. Default: all. */
  readonly regions?: readonly string[];
}

/** What a provider of servers has, by its own names. */
export interface Catalogue {
  /** Ubuntu 24.04: its packages have a Docker engine, and its kernel an AppArmor that knows user namespaces. */
  readonly image: string | number;
  readonly regions: readonly string[];
  /** The region for each city: in it, or the nearest. */
  readonly near: Readonly<Record<City, string>>;
  readonly sizes: Readonly<Record<string, Size>>;
  /** Of each list the first that a region has. */
  readonly neutral: Readonly<Record<NeutralSize, readonly string[]>>;
}
