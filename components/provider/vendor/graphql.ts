/** Requests of vendors whose API is GraphQL. */
import type { Request } from "./kind.ts";

/** What such an API answers to a document that it has understood. */
export interface Reply<Data> {
  readonly data: Data;
}

type Variables = Readonly<Record<string, unknown>>;

/** @param place path, and scheme and host where they are not the vendor's usual ones. */
export function graphqlAt(place: Pick<Request, "path" | "origin">) {
  /** @param document its first field is what the request is called: `mutation serviceCreate`. */
  function request<Data>(
    document: string,
    variables: Variables,
    isRepeatable: boolean,
  ): Request<Reply<Data>> {
    const [, operation, field] = /^(\w+)[^{]*\{ (\w+)/.exec(document)!;
    return {
      ...place,
      method: "POST",
      name: `${operation} ${field}`,
      body: { query: document, variables },
      isRepeatable,
    };
  }
  return {
    query: <Data>(document: string, variables: Variables) => request<Data>(document, variables, true),
    mutation: <Data>(document: string, variables: Variables) => request<Data>(document, variables, false),
    /** A mutation that can be said again. */
    setting: (document: string, variables: Variables) => request(document, variables, true),
  };
}
