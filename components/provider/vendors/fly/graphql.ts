/**
 * How Fly.io's other API is asked, which has what the Machines API has not, and how it refuses
 * (https://github.com/superfly/flyctl, gql/schema.graphql and gql/genqclient.graphql, ad0172f of 2026-08-21).
 */
import { graphqlAt } from "../../vendor/graphql.ts";

export const { query, mutation, setting } = graphqlAt({ origin: "https://api.fly.io", path: "/graphql" });

interface Failed {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

/** The first of its errors, which come with status 200. */
export function failureIn(body: unknown): Failed | undefined {
  const { errors } = (body ?? {}) as { readonly errors?: unknown };
  return Array.isArray(errors) ? (errors[0] as Failed | undefined) : undefined;
}

/** Of its codes only this one is known; how it refuses a token is a guess (unverified). */
export function refusalOf({ message, extensions }: Failed) {
  if (extensions?.code === "NOT_FOUND") return { status: 404, message };
  return { status: /authori[sz]ed|authenticated/i.test(message) ? 403 : 400, message };
}
