/** The files of a built page, and those that tell Netlify how to serve it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Content by path: `/assets/index.js`. */
export type Files = Readonly<Record<string, Buffer>>;

export interface Page {
  /** Holds index.html. */
  readonly directory: string;
  /** Scheme and host. */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What Netlify knows a file by (https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api). */
export const sha1Of = (content: Buffer): string => createHash("sha1").update(content).digest("hex");

/** @returns what changes with any name or content of the page's files. */
export function digestOf(directory: string): string {
  const hash = createHash("sha256");
  for (const [path, content] of Object.entries(builtFiles(directory)))
    hash.update(`${path} ${sha1Of(content)}\n`);
  return hash.digest("hex");
}

/**
 * The page with one origin for it and the API, so that cookies stay same-site: `/api` is passed on, every other path that is no
 * file is the page's own to show.
 *
 * Netlify ends a request that it passes on after 26 seconds
 * (https://docs.netlify.com/manage/routing/redirects/rewrites-proxies/#limitations, read 2026-11-26), a stream of events
 * too. The browser then opens it again with the last event's id, and misses none. Whether events are handed on one by one
 * or held back until then is not documented.
 */
export const filesOf = ({ directory, apiUrl, headers }: Page): Files => ({
  ...builtFiles(directory),
  "/_redirects": Buffer.from(`/api/* ${apiUrl}/api/:splat 200\n/* /index.html 200\n`),
  "/_headers": Buffer.from(
    ["/*", ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ""].join("\n"),
  ),
});

const builtFiles = (directory: string): Files =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [`/${relative(directory, file).split(sep).join("/")}`, readFileSync(file)]),
  );
