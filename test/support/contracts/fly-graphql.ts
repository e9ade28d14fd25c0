/** Fly.io's GraphQL API, as far as its schema, its command line and its manual tell. */
import { randomUUID } from "node:crypto";
import { flag, object, text } from "./contract.ts";
import { credentials } from "./fly/index.ts";
import { type GraphqlBehaviour, type GraphqlContract, Refusal, startGraphqlServer } from "./graphql.ts";

/** internal/command/extensions/tigris/create.go of flyctl. */
const options = object({ public: flag, accelerate: flag, website: object({ domain_name: text }) }, [
  "website",
]);
/** https://fly.io/docs/js/the-basics/object-storage/ */
const environment = object(
  {
    AWS_ACCESS_KEY_ID: text,
    AWS_ENDPOINT_URL_S3: text,
    AWS_REGION: text,
    AWS_SECRET_ACCESS_KEY: text,
    BUCKET_NAME: text,
  },
  ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_S3", "AWS_SECRET_ACCESS_KEY", "BUCKET_NAME"],
);

const contract: GraphqlContract = {
  source: "https://github.com/superfly/flyctl/blob/ad0172f/gql/schema.graphql",
  readAt: "2026-11-26",
  path: "/graphql",
  scalars: { JSON: { anyOf: [options, environment] } },
  schema: /* GraphQL */ `
    scalar JSON
    type Query {
      addOn(id: ID, name: String, provider: String): AddOn
      addOns(after: String, before: String, first: Int, last: Int, type: AddOnType): AddOnConnection!
      organization(id: ID, name: String, slug: String): Organization
    }
    type Mutation {
      createAddOn(input: CreateAddOnInput!): CreateAddOnPayload
      deleteAddOn(input: DeleteAddOnInput!): DeleteAddOnPayload
    }
    enum AddOnType {
      arcjet
      enveloop
      fly_mysql
      kubernetes
      redis
      sentry
      supabase
      tigris
      upstash_kafka
      upstash_redis
      upstash_vector
      wafris
    }
    type AddOn {
      environment: JSON
      errorMessage: String
      id: ID!
      name: String
      options: JSON
      organization: Organization!
      status: String
    }
    type AddOnConnection {
      edges: [AddOnEdge]
      nodes: [AddOn]
      pageInfo: PageInfo!
      totalCount: Int!
    }
    type AddOnEdge {
      cursor: String!
      node: AddOn
    }
    type PageInfo {
      endCursor: String
      hasNextPage: Boolean!
      hasPreviousPage: Boolean!
      startCursor: String
    }
    type Organization {
      id: ID!
      name: String!
      slug: String!
    }
    input CreateAddOnInput {
      appId: ID
      clientMutationId: String
      name: String
      options: JSON
      organizationId: ID
      organizationPlanId: String
      planId: ID
      primaryRegion: String
      readRegions: [String!]
      type: AddOnType!
    }
    type CreateAddOnPayload {
      addOn: AddOn!
      clientMutationId: String
    }
    input DeleteAddOnInput {
      addOnId: ID
      clientMutationId: String
      name: String
      provider: String
    }
    type DeleteAddOnPayload {
      clientMutationId: String
      deletedAddOnName: String
    }
  `,
};

/** Ids by slug, of those that the token opens. */
const organizations = new Map([
  ["farm", "org-node-1"],
  ["field", "org-node-2"],
]);

interface Bucket {
  name: string;
  status: "creating" | "ready" | "error" | "deleted";
  readonly organizationId: string;
  readonly options: unknown;
  /** How often it is looked at before it is ready. */
  pending: number;
}
interface Created {
  readonly name: string;
  readonly organizationId: string;
  readonly options: unknown;
}

const missing = (what: string) => new Refusal(`Could not find ${what}`);
/** Of codes only this one has been seen (https://github.com/dork-labs/dorkos, 2026-09-30). */
const refused = (message: string, path?: readonly (string | number)[]) => ({
  body: {
    data: path && { [path[0]!]: null },
    errors: [
      {
        message,
        ...(path && { path }),
        ...(message.startsWith("Could not find ") && { extensions: { code: "NOT_FOUND" } }),
      },
    ],
  },
});

const keysOf = (name: string) => ({
  BUCKET_NAME: name,
  AWS_ENDPOINT_URL_S3: "https://fly.storage.tigris.dev",
  AWS_REGION: "auto",
  AWS_ACCESS_KEY_ID: "tid_canary-of-bucket",
  AWS_SECRET_ACCESS_KEY: "tsec_canary-of-bucket",
});

export interface FlyGraphqlOptions {
  /** Whether a bucket's environment is answered to nobody but who makes it. Default: it is told later too. */
  readonly tellsKeysOnce?: boolean;
  /** Names of buckets that the organization farm has already. */
  readonly buckets?: readonly string[];
}

export async function startFlyGraphql({
  tellsKeysOnce = false,
  buckets: names = [],
}: FlyGraphqlOptions = {}) {
  const buckets = new Map<string, Bucket>(
    names.map((name) => [
      `id-of-${name}`,
      { name, status: "ready", organizationId: "org-node-1", options: { website: {} }, pending: 0 },
    ]),
  );
  const shown = (id: string, { name, status, organizationId, options: given }: Bucket, isNew = false) => {
    const [slug] = [...organizations].find(([, each]) => each === organizationId)!;
    return {
      id,
      name,
      status,
      errorMessage: status === "error" ? "the bucket could not be made" : null,
      options: given,
      environment: isNew || !tellsKeysOnce ? keysOf(name) : null,
      organization: { id: organizationId, name: slug, slug },
    };
  };
  const behaviour: GraphqlBehaviour = {
    "GET organization"({ slug }: { readonly slug: string }) {
      const id = organizations.get(slug);
      if (id === undefined) throw missing("Organization");
      return { id, name: slug, slug };
    },
    // One a page.
    "GET addOns"({ after }: { readonly after?: string | null }) {
      const all = [...buckets].filter(([, { status }]) => status !== "deleted");
      const from = Number(after ?? 0);
      const hasNextPage = from + 1 < all.length;
      return {
        edges: all.slice(from, from + 1).map(([id, each]) => ({ cursor: "", node: shown(id, each) })),
        pageInfo: {
          hasNextPage,
          hasPreviousPage: from > 0,
          endCursor: hasNextPage ? String(from + 1) : null,
        },
        totalCount: all.length,
      };
    },
    "GET addOn"({ id }: { readonly id: string }) {
      const found = buckets.get(id);
      if (found === undefined) throw missing("AddOn");
      const answer = shown(id, found);
      if (found.status === "creating" && --found.pending <= 0) found.status = "ready";
      return answer;
    },
    "POST createAddOn"({ input: { name, organizationId, options: given } }: { readonly input: Created }) {
      if ([...buckets.values()].some((each) => each.name === name))
        throw new Refusal(`${name} is unavailable for creation`);
      const id = randomUUID();
      buckets.set(id, { name, status: "creating", organizationId, options: given, pending: 2 });
      return { addOn: shown(id, buckets.get(id)!, true) };
    },
    /** It goes on being told of, under another name. */
    "POST deleteAddOn"({ input: { addOnId } }: { readonly input: { readonly addOnId: string } }) {
      const found = buckets.get(addOnId);
      if (found === undefined || found.status === "deleted") throw missing("AddOn");
      const { name } = found;
      Object.assign(found, { name: `${name}_deleted_1`, status: "deleted" });
      return { deletedAddOnName: name };
    },
  };
  const server = await startGraphqlServer({
    contract,
    behaviour,
    refusal: ({ authorization = "" }) =>
      authorization === `Bearer ${credentials.token}`
        ? undefined
        : refused(`Not authorized to access this: ${authorization}`),
    refused,
    malformed: (message) => ({ status: 400, body: { errors: [{ message }] } }),
  });
  return { ...server, buckets };
}
