/** Meant for the next hop only (RFC 9110, 7.6.1), with what tells the site of the proxy or the proxy's credentials. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names and values in turn, as Node keeps them. */
type RawHeaders = readonly string[];

/** What of a message's headers goes on to the other side. */
export function endToEnd(raw: RawHeaders): [name: string, value: string][] {
  const pairs = Array.from({ length: raw.length / 2 }, (_, index): [string, string] => [
    raw[index * 2]!,
    raw[index * 2 + 1]!,
  ]);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((each) => each.trim().toLowerCase()));
  const dropped = new Set([...hopByHop, ...named]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()));
}
