import type { Difference } from "./contract.ts";

/** A line each: `public.sessions: 41,203 rows on mvp, 41,202 rows on scale; missing there: 6f1c...`. */
export const toText = (differences: readonly Difference[]): string =>
  differences
    .map(({ place, source, target, more }) => {
      const both = `${place}: ${source.value} on ${source.side}, ${target.value} on ${target.side}`;
      return more === undefined ? both : `${both}; ${more}`;
    })
    .join("\n");
