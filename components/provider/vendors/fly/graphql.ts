/**
 * How Fly.io's other API is asked, which has what the Machines API has not, and how it refuses
 * (https://github.com/superfly/flyctl, gql/schema.graphql and gql/genqclient.graphql, ad0172f of 2026-08-21).
 */
import type { Request } from "../../vendor/kind.ts";

/** What it answers to a document that it has understood. */
export interface Reply<Data> {
  readonly data: Data;
}

type Variables = Readonly<Record<string, unknown>>;

/** @param document its first field is what the request is called: `mutation createAddOn`. */
function request<Data>(document: string, variables: Variables, isRepeatable: boolean): Request<Reply<Data>> {
  const [, operation, field] = /^(\w+)[^{]*\{ (\w+)/.exec(document)!;
  return {
    method: "POST",
    origin: "https://api.fly.io",
    path: "/graphql",
    name: `${operation} ${field}`,
    body: { query: document, variables },
    isRepeatable,
  };
}

export const query = <Data>(document: string, variables: Variables) =>
  request<Data>(document, variables, true);
export const mutation = <Data>(document: string, variables: Variables) =>
  request<Data>(document, variables, false);
/** A mutation that can be said again. */
export const setting = (document: string, variables: Variables) => request(document, variables, true);

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
