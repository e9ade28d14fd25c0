/** How Railway's GraphQL API is asked, and how it refuses (https://docs.railway.com/integrations/api, read 2026-11-26). */
import { graphqlAt, type Reply } from "../../vendor/graphql.ts";
import { type Request, type Search, search } from "../../vendor/kind.ts";

/** One page of a list. */
export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export const { query, mutation, setting } = graphqlAt({ path: "/graphql/v2" });

/** The fields of a page. */
export const page = (fields: string): string =>
  `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`;

/**
 * Looks through a list.
 *
 * @param ask for the page after a cursor.
 * @param idOf a node, when it is the one that is meant.
 */
export const searchPages = <Data, Node>(
  ask: (after?: string | null) => Request<Reply<Data>>,
  listIn: (data: Data) => Connection<Node>,
  idOf: (node: Node) => string | undefined,
): Search =>
  search(
    ask(),
    ({ data }) =>
      listIn(data)
        .edges.map(({ node }) => idOf(node))
        .find((id) => id !== undefined),
    ({ data }) => {
      const { hasNextPage, endCursor } = listIn(data).pageInfo;
      return hasNextPage ? ask(endCursor) : undefined;
    },
  );

/**
 * Errors come with status 200, and nearly all of them with the code INTERNAL_SERVER_ERROR: the message alone tells them
 * apart. Seen: `Not Authorized`, `Project not found`, `ServiceInstance not found`, `creating projects too quickly`,
 * `Problem processing request`, `Failed to create service domain, please try again`; those of a plan's limits are a guess.
 */
const statuses: readonly (readonly [RegExp, number])[] = [
  [/not authorized|token not found/i, 403],
  [/not found/i, 404],
  [/too quickly|rate limit/i, 429],
  [/\b(plan|upgrade|trial|subscription)\b/i, 402],
  [/problem processing request|try again/i, 500],
];

interface Body {
  readonly errors?: readonly { readonly message: string }[];
  readonly data?: Readonly<Record<string, unknown>> | null;
}

export const messageIn = (body: unknown): string | undefined =>
  (body as Body | undefined)?.errors?.[0]?.message;

/** What was deleted can still be asked for, for some time: it counts as gone. */
export function refusalIn(body: unknown) {
  const message = messageIn(body);
  if (message !== undefined)
    return { status: statuses.find(([pattern]) => pattern.test(message))?.[1] ?? 400, message };
  const { data } = (body ?? {}) as Body;
  if (!data) return { status: 500, message: "no data" };
  const isGone = Object.values(data).some((node) => {
    const { deletedAt, isPendingDeletion } = (node ?? {}) as Record<string, unknown>;
    return Boolean(deletedAt) || isPendingDeletion === true;
  });
  return isGone ? { status: 404, message: "it was deleted" } : undefined;
}

/** @throws when an id, of an import say, has not these parts. */
export function partsOf<const Names extends readonly string[]>(id: string, ...names: Names) {
  const parts = id.split("/");
  if (parts.length === names.length && parts.every((part) => part !== ""))
    return parts as { [Name in keyof Names]: string };
  const form = names.map((name) => `<${name}>`).join("/");
  throw new Error(`The id is ${JSON.stringify(id)}; it must be ${form}, with ids as Railway's API has them.`);
}
