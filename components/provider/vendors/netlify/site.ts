import { z } from "zod";
import { fixed, get, kind, type Request, search } from "../../vendor/kind.ts";

/** What is used of the answer to a question for a site. */
export interface Site {
  readonly id: string;
  readonly name: string;
  readonly account_slug: string;
  readonly custom_domain?: string | null;
  readonly ssl_url: string;
  readonly admin_url: string;
  /** Absent, or null, before the first one. */
  readonly published_deploy?: { readonly id: string; readonly title?: string } | null;
}

const pathOf = (id: string): string => `/api/v1/sites/${id}`;

export const site = kind({
  description: "A place for a static page, with its host names. What it shows is a Deploy.",
  inputs: z.strictObject({
    name: fixed(
      z
        .string()
        .regex(/^[a-z\d](-?[a-z\d])*$/, "must be letters, digits and single hyphens")
        .max(63, "must not be longer than 63"),
    ).describe("Its name below netlify.app, which nobody else may have. A change replaces it."),
    accountSlug: fixed(z.string().min(1)).describe(
      "The team it belongs to, as in https://app.netlify.com/teams/<slug>. A change replaces it.",
    ),
    customDomain: z
      .string()
      .regex(/^(?!-)[a-z\d-]+(\.[a-z\d-]+)+$/, "must be a host name such as app.example.com")
      .optional()
      .describe("A host name of one's own, whose record in DNS names `defaultDomain`."),
  }),
  outputs: z.object({
    url: z.string().describe("Its address: of the custom domain where there is one."),
    defaultDomain: z.string().describe("Its host name below netlify.app."),
    adminUrl: z.string().describe("Its page at Netlify."),
  }),
  find: ({ name, accountSlug }) =>
    search(
      get<readonly Site[]>(`/api/v1/${accountSlug}/sites`, { name, per_page: "100" }),
      (sites) => sites.find((each) => each.name === name)?.id,
    ),
  create: ({ name, accountSlug, customDomain }): Request<Site> => ({
    method: "POST",
    path: `/api/v1/${accountSlug}/sites`,
    body: { name, ...(customDomain !== undefined && { custom_domain: customDomain }) },
  }),
  created: ({ id }) => ({ id }),
  apply: (id, { customDomain }) => [
    { method: "PATCH", path: pathOf(id), body: { custom_domain: customDomain ?? "" } },
  ],
  read: (id) => ({ site: get<Site>(pathOf(id)) }),
  tell: ({ site: found }) => ({
    inputs: {
      name: found.name,
      accountSlug: found.account_slug,
      ...(found.custom_domain && { customDomain: found.custom_domain }),
    },
    outputs: {
      url: found.ssl_url,
      defaultDomain: `${found.name}.netlify.app`,
      adminUrl: found.admin_url,
    },
  }),
  remove: (id) => [{ method: "DELETE", path: pathOf(id) }],
});
