import { describe, expect, test } from "vitest";
import { cities, least, neutralSizes } from "../../../infra/hosts/catalogue.ts";
import { catalogues, providers } from "../../../infra/hosts/index.ts";
import { place } from "../../../infra/hosts/placement.ts";

const needed = { small: [2, 4], medium: [4, 8], large: [6, 16] } as const;

describe.each(providers)("%s", (provider) => {
  const { regions, sizes, near } = catalogues[provider];

  test.each(cities.flatMap((city) => neutralSizes.map((size) => [size, city] as const)))(
    "has a %s server near %s, as large as the name promises, in a region that sells it",
    (size, city) => {
      const placement = place({ provider, near: city, size });
      if ("setting" in placement) throw new Error(placement.reason);
      const { vcpus, memoryGb, regions: sellers } = sizes[placement.size]!;
      const [leastVcpus, leastMemory] = needed[size];
      expect(vcpus).toBeGreaterThanOrEqual(leastVcpus);
      expect(memoryGb).toBeGreaterThanOrEqual(leastMemory);
      expect(placement.region).toBe(near[city]);
      expect(regions).toContain(placement.region);
      expect(sellers ?? [placement.region]).toContain(placement.region);
    },
  );

  test("names no region twice, and no size in a region that it has not", () => {
    expect(new Set(regions).size).toBe(regions.length);
    const named = Object.values(sizes).flatMap((size) => size.regions ?? []);
    expect(regions).toEqual(expect.arrayContaining(named));
  });

  test("takes each of its own sizes where it is sold, if it is large enough", () => {
    for (const [size, { vcpus, memoryGb, regions: sellers = regions }] of Object.entries(sizes)) {
      const [region = ""] = sellers;
      const placement = place({ provider, region, near: "madrid", size });
      const large = vcpus >= least.vcpus && memoryGb >= least.memoryGb;
      const reason = expect.stringContaining("the application needs at least") as string;
      expect(placement).toEqual(large ? { region, size } : { setting: "size", reason });
    }
  });
});
