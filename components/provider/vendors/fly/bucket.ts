/** Object storage of Tigris, which Fly.io makes as an add-on. */
import { z } from "zod";
import { deletionProtection, fixed, kind, search, secret } from "../../vendor/kind.ts";
import { mutation, query, setting } from "./graphql.ts";

interface AddOn {
  readonly id: string;
  readonly name: string | null;
  readonly status: string | null;
  readonly errorMessage: string | null;
  /** There when it is made; whether later too nobody says (unverified), and flyctl does not ask. */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly organization: { readonly id: string };
}
interface Page {
  readonly addOns: {
    readonly edges: readonly { readonly node: AddOn }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const fields = "id name status errorMessage environment organization { id }";
const pageOf = (after?: string | null) =>
  query<Page>(
    `query ($after: String) { addOns(type: tigris, first: 50, after: $after) { edges { node { ${fields} } } pageInfo { hasNextPage endCursor } } }`,
    { after },
  );

/** What flyctl sends for a private one: internal/command/extensions/tigris/create.go. */
const options = { public: false, accelerate: false, website: { domain_name: "" } };

/** Deleted, it is told of under another name for some time. */
export const isGoneBucket = (body: unknown): boolean =>
  (body as { readonly data?: { readonly addOn?: Partial<AddOn> | null } } | undefined)?.data?.addOn
    ?.status === "deleted";

/** `undefined` where they are not told. */
function keysIn({ environment }: AddOn) {
  const {
    BUCKET_NAME: bucket,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  } = environment ?? {};
  return bucket && endpoint && accessKeyId && secretAccessKey
    ? { bucket, endpoint, accessKeyId, secretAccessKey }
    : undefined;
}

/** @throws for one whose keys nobody knows any more. */
function idOf(addOn: AddOn): string {
  if (keysIn(addOn) !== undefined) return addOn.id;
  throw new Error(
    `The bucket ${addOn.name} is there already, and Fly.io tells the keys of a bucket only when it is made. Delete it with fly storage destroy ${addOn.name} if its contents may go, and run pulumi up again; or choose another name.`,
  );
}

export const bucket = kind({
  description:
    "A private S3 bucket of Tigris with its key, which is told when it is made: an import may lack it. What is in it goes with it.",
  isStateful: true,
  inputs: z.strictObject({
    name: fixed(
      z.string().regex(/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/, {
        error:
          "must be 3 to 63 lower-case letters, digits and dashes, beginning with a letter and not ending in a dash",
      }),
    ).describe("Its name, one for all of Tigris. A change replaces it."),
    organizationId: fixed(z.string().min(1)).describe(
      "What GraphQL knows its organization by: nodeId of Organization. A change replaces it.",
    ),
    deletionProtection,
  }),
  outputs: z.object({
    bucket: z.string().describe("Its name for S3."),
    endpoint: z.string().describe("Address of the S3 API."),
    accessKeyId: secret(z.string()).describe("Access key, made with the bucket."),
    secretAccessKey: secret(z.string()).describe("Its secret."),
  }),
  find: ({ name, organizationId }) =>
    search(
      pageOf(),
      ({ data }) => {
        const nodes = data.addOns.edges.map(({ node }) => node);
        const found = nodes.find((each) => each.name === name && each.organization.id === organizationId);
        return found && idOf(found);
      },
      ({ data }) => {
        const { hasNextPage, endCursor } = data.addOns.pageInfo;
        return hasNextPage ? pageOf(endCursor) : undefined;
      },
    ),
  create: ({ name, organizationId }) =>
    mutation<{ readonly createAddOn: { readonly addOn: AddOn } }>(
      `mutation ($input: CreateAddOnInput!) { createAddOn(input: $input) { addOn { ${fields} } } }`,
      { input: { type: "tigris", name, organizationId, options } },
    ),
  created: ({ data: { createAddOn } }) => ({
    id: createAddOn.addOn.id,
    told: keysIn(createAddOn.addOn) ?? {},
  }),
  read: (id) => ({
    found: query<{ readonly addOn: AddOn }>(`query ($id: ID) { addOn(id: $id) { ${fields} } }`, { id }),
  }),
  /** As flyctl waits: internal/command/extensions/core/core.go. */
  progress({ found: { data } }) {
    const { status, errorMessage } = data.addOn;
    if (status === "error") return { failed: errorMessage || "Fly.io does not say why" };
    return status === "ready" ? "ready" : { pending: status ?? "it has no status yet" };
  },
  tell: ({ found: { data } }) => ({
    inputs: {
      ...(data.addOn.name !== null && { name: data.addOn.name }),
      organizationId: data.addOn.organization.id,
    },
    outputs: keysIn(data.addOn) ?? {},
  }),
  remove: (id) => [
    setting("mutation ($id: ID) { deleteAddOn(input: { addOnId: $id }) { deletedAddOnName } }", { id }),
  ],
});
