import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Answer, Request } from "./ask.ts";

/** One question and its answer, as a file of JSON. */
export interface Recording {
  readonly request: Request;
  readonly answer: Answer;
}

/** Stands for the tested site: the demo shop has another port each time. */
const site = new URL("https://site.invalid");

/** What differs between two sessions that are otherwise the same. Each is replaced by what it matches no more. */
const changing: readonly (readonly [pattern: RegExp, constant: string])[] = [
  [/\bpage-[0-9a-f]{12}\b/g, "page-marker"],
  [/\btoolu_\w+/g, "toolu-id"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "uuid"],
  [/\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?/g, "date"],
];

/** What was said about the site at `url`, as if about any other address. */
export function withoutSite<Said>(said: Said, url: string): Said {
  const { origin, host } = new URL(url);
  return JSON.parse(JSON.stringify(said).replaceAll(origin, site.origin).replaceAll(host, site.host)) as Said;
}

/** The reverse of `withoutSite`. */
export function withSite<Said>(said: Said, url: string): Said {
  const { origin, host } = new URL(url);
  return JSON.parse(JSON.stringify(said).replaceAll(site.origin, origin).replaceAll(site.host, host)) as Said;
}

/** Where the answer to a request is kept: under a hash of the request without all that is different each time. */
export function recordingPath(directory: string, request: Request): string {
  let text = JSON.stringify(request);
  for (const [pattern, constant] of changing) text = text.replace(pattern, constant);
  return join(directory, `${createHash("sha256").update(text).digest("hex").slice(0, 32)}.json`);
}
