import type { Action } from "../contract.ts";

/** How often the same action on the same page is one too many. */
const limit = 3;

/** Notices a session that goes in circles: the same action on an unchanged page, over and over. */
export function watchForLoops() {
  const seen = new Map<string, number>();
  return {
    /** Whether this action was now taken too often on a page that looked like this. */
    isLoop(snapshot: string, action: Action): boolean {
      // References are counted up as the page changes, and tell nothing about how it looks.
      const key = `${snapshot.replaceAll(/ \[(ref=\w+|active|cursor=pointer)\]/g, "")}\n${JSON.stringify(action)}`;
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      return times >= limit;
    },
  };
}
