import { type City, least, type NeutralSize, neutralSizes, type Size } from "./catalogue.ts";
import { catalogues, type Provider } from "./index.ts";

/** Where a server is and how large, by the provider's own names. */
export interface Placement {
  readonly region: string;
  readonly size: string;
}

export interface Wish {
  readonly provider: Provider;
  /** By the provider's own name. Absent: `near` decides. */
  readonly region?: string | undefined;
  readonly near: City;
  /** Neutral, or the provider's own. */
  readonly size: string;
}

/** Why a wish cannot be met: the setting that is to blame, and what is wrong with its value. */
export interface Refusal {
  readonly setting: "region" | "size";
  readonly reason: string;
}

const isNeutral = (name: string): name is NeutralSize => neutralSizes.some((each) => each === name);
const fits = ({ vcpus, memoryGb }: Size): boolean => vcpus >= least.vcpus && memoryGb >= least.memoryGb;
const isIn = (region: string, { regions }: Size): boolean => regions?.includes(region) ?? true;

/** Puts a provider's own names in the place of neutral ones. */
export function place({ provider, region: wanted, near, size }: Wish): Placement | Refusal {
  const { regions, near: regionNear, sizes, neutral } = catalogues[provider];
  const region = wanted ?? regionNear[near];
  if (!regions.includes(region)) {
    const reason = `is not a region of ${provider}; use ${regions.join(", ")}, or a city in testfarm:near instead`;
    return { setting: "region", reason };
  }
  const named = (name: string): Size | undefined => (Object.hasOwn(sizes, name) ? sizes[name] : undefined);
  const isOffered = (name: string): boolean => {
    const found = named(name);
    return found !== undefined && fits(found) && isIn(region, found);
  };
  const chosen = isNeutral(size) ? neutral[size].find(isOffered) : size;
  if (chosen !== undefined && isOffered(chosen)) return { region, size: chosen };

  const found = named(size);
  const allowed = [...neutralSizes, ...Object.keys(sizes).filter(isOffered)].join(", ");
  if (!found) return { setting: "size", reason: `is not a size of ${provider}; use ${allowed}` };
  const reason = fits(found)
    ? `is not offered by ${provider} in region ${region}`
    : `has ${found.vcpus} vCPU and ${found.memoryGb} GB, and the application needs at least ${least.vcpus} and ${least.memoryGb} GB`;
  return { setting: "size", reason: `${reason}; use ${allowed}` };
}
