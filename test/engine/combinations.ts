/** Companies of tier `paas` in every combination, and fewer of them in which every pair of choices still occurs. */

const choices = {
  service: ["railway", "render"],
  web: ["vercel", "netlify", "platform"],
  database: ["supabase", "neon", "platform"],
  cache: ["upstash", "platform", "none"],
  bucket: ["r2", "platform"],
  browser: ["browserbase", "own"],
} as const;

export type Combination = { readonly [Name in keyof typeof choices]: (typeof choices)[Name][number] };

/** Render has no buckets. */
const isOffered = ({ service, bucket }: Combination): boolean =>
  service !== "render" || bucket !== "platform";

export const combinations: readonly Combination[] = Object.entries(choices)
  .reduce<readonly object[]>(
    (all, [name, values]) => all.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  )
  .map((each) => each as Combination)
  .filter(isOffered);

const nameOf = ({ service, web, database, cache }: Combination) => [service, web, database, cache].join();

/** Service, page, database and cache in every combination; bucket and browser change from one to the next. */
export const matrix: readonly Combination[] = [...new Set(combinations.map(nameOf))].map((name, index) => {
  const alike = combinations.filter((each) => nameOf(each) === name);
  return alike[index % alike.length]!;
});

const pairsIn = (combination: Combination): string[] => {
  const made = Object.entries(combination).map(([name, value]) => `${name} ${value}`);
  return made.flatMap((one, index) => made.slice(index + 1).map((other) => `${one}, ${other}`));
};

const pairs = new Map(combinations.map((each) => [each, pairsIn(each)]));

/** From a first one on, each time the one with the most pairs that have not occurred. */
function coverFrom(first: Combination): readonly Combination[] {
  const chosen = [first];
  const missing = new Set(combinations.flatMap(pairsIn).filter((pair) => !pairs.get(first)!.includes(pair)));
  const gain = (each: Combination) => pairs.get(each)!.filter((pair) => missing.has(pair)).length;
  while (missing.size > 0) {
    const best = combinations.reduce((one, other) => (gain(other) > gain(one) ? other : one));
    for (const pair of pairs.get(best)!) missing.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

export const pairwise: readonly Combination[] = combinations
  .map(coverFrom)
  .reduce((one, other) => (other.length < one.length ? other : one));
