/** How many workers a managed tier runs, and how large they are. */

/** Of Node with what it holds of its sessions: what a worker has on a Docker host. */
const memory = 512;

/** Sessions of one worker: what Node does beside browsers that are elsewhere, or what fits beside them in 2 GB. */
const most = { browserbase: 10, own: 4 } as const;

export interface Workers {
  readonly count: number;
  /** Sessions that one of them runs at the same time. */
  readonly concurrency: number;
  /** Memory of one, in MB; a multiple of 256. */
  readonly memory: 512 | 2048;
}

/**
 * @param sessions at the same time, all workers together.
 * @param regions in how many there is one at least.
 */
export function workersFor(
  { sessions, browser }: { readonly sessions: number; readonly browser: "browserbase" | "own" },
  regions = 1,
): Workers {
  const count = Math.max(Math.ceil(sessions / most[browser]), regions);
  return { count, concurrency: Math.ceil(sessions / count), memory: browser === "own" ? 2048 : memory };
}
