/** The origin of an address, `"null"` for those that have none (`about:blank`, an error page). */
export const originOf = (url: string) => (URL.canParse(url) ? new URL(url).origin : "null");

/**
 * Whether a redirect of the start page stays with the same site: from http to https, or to or from `www.`. People type
 * `example.com` and mean `https://www.example.com`.
 */
export function isSameSite(from: string, to: string): boolean {
  const [start, end] = [new URL(from), new URL(to)];
  if (start.origin === end.origin) return true;
  return hostOf(start) === hostOf(end) && start.port === "" && end.port === "" && end.protocol === "https:";
}

const hostOf = (url: URL) => url.hostname.replace(/^www\./, "");
