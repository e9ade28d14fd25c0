/**
 * One deploy of a page. Netlify never changes one: another page is another deploy, which is published as soon as it is whole,
 * and takes the place of the one before without a gap (https://docs.netlify.com/deploy/manage-deploys/manage-deploys-overview,
 * read 2026-11-26). One whose files never came is never published, so that it does no harm to begin it twice.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { fixed, get, kind, type Request, type Step } from "../../vendor/kind.ts";
import { type Files, filesOf, sha1Of } from "./page.ts";
import type { Site } from "./site.ts";

/** What is used of the answer to a question for a deploy. */
interface Deploy {
  readonly id: string;
  readonly state: string;
  readonly error_message?: string | null;
  readonly admin_url: string;
  readonly deploy_ssl_url: string;
  /** Digests of the files that are still to come; Netlify keeps those of earlier deploys. */
  readonly required?: readonly string[] | null;
}

const mark = "testfarm ";
const pathOf = (id: string): string => {
  const [site, deploy] = id.split("/");
  return `/api/v1/sites/${site}/deploys/${deploy}`;
};

/** @throws when the page has been built anew in between. */
const uploads = (id: string, files: Files, { required }: Deploy): readonly Step[] =>
  (required ?? []).map((digest) => {
    const [path, content] = Object.entries(files).find(([, each]) => sha1Of(each) === digest) ?? [];
    if (path === undefined || content === undefined)
      throw new Error(
        `The page is not the one that deploy ${id} was begun with: build it once, then run pulumi up.`,
      );
    return {
      method: "PUT",
      path: `/api/v1/deploys/${id.split("/")[1]}/files${path.split("/").map(encodeURIComponent).join("/")}`,
      body: new Blob([Uint8Array.from(content)], { type: "application/octet-stream" }),
    };
  });

export const deploy = kind({
  description:
    "The page that a Site shows. Make it with `retainOnDelete`: earlier ones then stay to go back to, and the one that is published, which Netlify may refuse to delete, goes with its Site.",
  inputs: z.strictObject({
    siteId: fixed(z.string().min(1)).describe("The Site. A change replaces it."),
    directory: z
      .string()
      .refine((directory) => existsSync(join(directory, "index.html")), {
        error: "holds no index.html; build the page first, or name the directory that it is built into",
      })
      .describe("Where the page was built into: absolute, or from the program's directory on."),
    digest: fixed(z.string().min(1)).describe(
      "What changes with the page's files: see digestOf. A change makes another deploy.",
    ),
    apiUrl: fixed(
      z.string().regex(/^https:\/\/[^/\s]+$/, "must be https:// and a host, without a path"),
    ).describe(
      "Scheme and host of the API, which answers /api on the page's own origin. A change makes another deploy.",
    ),
    headers: fixed(
      z
        .record(
          z.string().regex(/^[\w-]+$/, "must be a header's name"),
          z.string().regex(/^[^\r\n]+$/, "must be one line"),
        )
        .default({}),
    ).describe("Headers of every answer but the API's. A change makes another deploy."),
  }),
  outputs: z.object({
    url: z.string().describe("The address of this deploy, whatever the site shows later."),
    adminUrl: z.string().describe("Its site's page at Netlify, with the deploy's log."),
  }),
  create: (given): Request<Deploy> => ({
    method: "POST",
    path: `/api/v1/sites/${given.siteId}/deploys`,
    query: { title: `${mark}${given.digest}` },
    body: {
      files: Object.fromEntries(
        Object.entries(filesOf(given)).map(([path, content]) => [path, sha1Of(content)]),
      ),
    },
    isRepeatable: true,
  }),
  created: ({ id }, { siteId }) => ({ id: `${siteId}/${id}` }),
  isCreatedBare: true,
  apply: (id, given) => [get<Deploy>(pathOf(id)), (begun: Deploy) => uploads(id, filesOf(given), begun)],
  read: (id) => ({
    deploy: get<Deploy>(pathOf(id)),
    site: get<Site>(`/api/v1/sites/${id.split("/")[0]}`),
  }),
  progress({ deploy: { id, state, error_message, admin_url }, site }) {
    if (state === "error" || state === "rejected")
      return {
        failed: `${error_message ?? state}; see ${admin_url}, and pulumi up --replace its URN makes another one`,
      };
    if (site.published_deploy?.id === id) return "ready";
    const unpublished = `it is not published; has somebody stopped that at ${admin_url}?`;
    return { pending: state === "ready" ? unpublished : state };
  },
  tell: ({ deploy: found, site }, id) => ({
    inputs: {
      siteId: id.split("/")[0]!,
      // Of what the site shows, be it this one, one that somebody went back to, or one made by hand.
      ...(site.published_deploy && {
        digest: (site.published_deploy.title ?? "").replace(mark, ""),
      }),
    },
    outputs: { url: found.deploy_ssl_url, adminUrl: found.admin_url },
  }),
  remove: (id) => [{ method: "DELETE", path: pathOf(id) }],
});
