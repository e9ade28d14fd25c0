import type { Plan } from "../contract.ts";

/**
 * Bytes of a database a second, with both servers on one machine with 2 processors, as `npm run bench -- promotion` printed
 * it on 2026-11-26: 69.3 MB/s with the indexes made again, and 283,422 rows of some 600 bytes. A network between the two may
 * be slower.
 */
const rates = { copy: 69e6, compare: 168e6 } as const;

/**
 * How long the parts take, a line each.
 *
 * @param database its size in bytes.
 */
export function durationsOf({ path, timing, from, recordsTtl }: Plan, database: number): string[] {
  const data = database / rates.copy + database / rates.compare;
  const screenshots = "the screenshots, as fast as both stores give and take them";
  return [
    "making the target: what its companies take, 5 to 30 minutes",
    ...(path === "ONLINE"
      ? [
          `while ${from} is served: ${spelt(data)} for the database, and ${screenshots}`,
          `while nobody may write: at the most ${spelt(timing.window / 1_000)}; requests wait`,
          ...(recordsTtl === undefined
            ? []
            : [
                "until the domain leads to the target: a pulumi up for its records, and a minute until nobody keeps the old ones; who comes to the old side meanwhile can look, and is told to come again with changes",
              ]),
        ]
      : [
          `while ${from} is served: ${screenshots}`,
          `while nobody may write: ${spelt(data)} for the database, and the screenshots once more to compare them, at the most ${spelt(timing.limit / 1_000)} (--window); requests are told to come again`,
        ]),
    `for a database of ${(database / 1e9).toFixed(1)} GB (--database)`,
  ];
}

export function spelt(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}
