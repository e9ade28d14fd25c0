/** Who owns what GraphQL makes. */
import { z } from "zod";
import { fixed, kind } from "../../vendor/kind.ts";
import type { Reply } from "../../vendor/graphql.ts";
import { query } from "./graphql.ts";
import { organization as slugOf } from "./names.ts";

interface Found {
  readonly organization: { readonly id: string };
}

const organizationOf = (slug: string) =>
  query<Found>("query ($slug: String) { organization(slug: $slug) { id } }", { slug });

export const organization = kind({
  description: "An organization that is there: it is looked up, and neither made nor deleted.",
  inputs: z.strictObject({ slug: fixed(slugOf).describe("Its slug. A change replaces it.") }),
  outputs: z.object({ nodeId: z.string().describe("What GraphQL knows it by.") }),
  create: ({ slug }) => organizationOf(slug),
  created: (_: Reply<Found>, { slug }) => ({ id: slug }),
  read: (id) => ({ found: organizationOf(id) }),
  tell: ({ found: { data } }, id) => ({
    inputs: { slug: id },
    outputs: { nodeId: data.organization.id },
  }),
  remove: () => [],
});
