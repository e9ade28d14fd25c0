/** Following such a link ends the session's sign-in or gives a file. */
const leavesOut = /log-?out|sign-?out|\.(pdf|zip|gz|dmg|exe|csv|xlsx?|docx?|svg|png|jpe?g|webp|mp[34])$/i;

/** Addresses of one path that differ in their query only: a calendar has one for every day. */
const queriesOfPath = 3;

const parentOf = (url: string) => new URL(url).pathname.replace(/\/[^/]*$/, "/");

/** Which addresses of a site are known, and which were seen. */
export type LinkMap = ReturnType<typeof linkMap>;

export function linkMap(origin: string) {
  const visited = new Set<string>();
  const known = new Map<string, string>();
  const siblings = (url: string) =>
    parentOf(url) === "/" ? 0 : [...visited].filter((other) => parentOf(other) === parentOf(url)).length;
  const queries = (url: string) =>
    [...visited].filter((other) => new URL(other).pathname === new URL(url).pathname).length;

  return {
    /** The address a link leads to, `undefined` when it is not one to follow. */
    resolve(href: string | undefined, base: string): string | undefined {
      if (href === undefined || !URL.canParse(href, base)) return undefined;
      const url = new URL(href, base);
      url.hash = "";
      return url.origin === origin && !leavesOut.test(url.pathname) ? url.href : undefined;
    },
    visit: (url: string) => void visited.add(url.replace(/#.*$/, "")),
    learn: (url: string, name: string) => void (known.has(url) || known.set(url, name)),
    isNew: (url: string) => !visited.has(url) && queries(url) < queriesOfPath,
    /** Pages in the same folder that were seen: the tenth product tells less than the first. */
    siblings,
    /** Known addresses that were not seen yet. */
    unseen: () => [...known].filter(([url]) => !visited.has(url) && queries(url) < queriesOfPath),
    pages: () => new Set([...visited].map((url) => new URL(url).pathname)).size,
  };
}
