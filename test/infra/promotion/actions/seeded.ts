/** What is tried is in an order that a seed makes, and one of it can be tried again. */

/** `TESTFARM_PROMOTION_SEED` of an earlier time, or another one each time. */
export const seed = Number(process.env["TESTFARM_PROMOTION_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

interface Numbered {
  readonly number: number;
}

/** The one of `TESTFARM_PROMOTION_ROUND`, or all. */
export function chosen<T extends Numbered>(all: readonly T[]): readonly T[] {
  const only = process.env["TESTFARM_PROMOTION_ROUND"];
  return only === undefined ? all : all.filter(({ number }) => number === Number(only));
}

/** How one is tried again, for people. */
export const again = ({ number }: Numbered): string =>
  `\nAgain: TESTFARM_PROMOTION_SEED=${seed} TESTFARM_PROMOTION_ROUND=${number}`;

export function shuffled<T>(all: readonly T[], by: number): T[] {
  const random = mulberry32(by);
  return all
    .map((each) => ({ each, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/** The same numbers for the same seed, from 0 up to 1: https://github.com/cprosche/mulberry32 */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
