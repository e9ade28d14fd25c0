import { z } from "zod";
import { deletionProtection, fixed, kind, secret } from "../../vendor/kind.ts";
import { commit, environmentOf } from "./environment.ts";
import { type Connection, mutation, page, partsOf, query, searchPages } from "./graphql.ts";

/** https://docs.railway.com/cli/bucket, 2026-08-21: California, Virginia, Amsterdam, Singapore. */
const regions = ["sjc", "iad", "ams", "sin"] as const;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
  readonly bucketName: string;
  readonly region: string;
  readonly urlStyle: string;
}

interface BucketsData {
  readonly project: { readonly buckets: Connection<{ readonly id: string; readonly name: string }> };
}

const bucketsOf = (projectId: string, after?: string | null) =>
  query<BucketsData>(
    `query ($id: String!, $after: String) { project(id: $id) { buckets(after: $after) { ${page("id name")} } deletedAt } }`,
    { id: projectId, after },
  );
const partsOfBucket = (id: string) => partsOf(id, "project", "environment", "bucket");

export const bucket = kind({
  description:
    "An S3 bucket with its credentials. Its id is <project>/<environment>/<bucket>. Deleted, it can be restored for two days from the project's activity feed (https://docs.railway.com/storage-buckets).",
  isStateful: true,
  inputs: z.strictObject({
    project: fixed(z.string().min(1)).describe("Id of its project. A change replaces it."),
    environment: fixed(z.string().min(1)).describe("Id of its environment. A change replaces it."),
    name: fixed(z.string().min(1)).describe(
      "Its name in the project, of which its name for S3 is made. A change replaces it.",
    ),
    region: fixed(z.enum(regions, { error: `must be one of ${regions.join(", ")}` })).describe(
      "Where it is. A change replaces it.",
    ),
    deletionProtection,
  }),
  outputs: z.object({
    bucket: z.string().describe("Its name for S3."),
    endpoint: z.string().describe("Address of the S3 API."),
    s3Region: z.string().describe("Region for S3's signatures."),
    urlStyle: z.string().describe("Where the bucket's name is in an address: virtual (in the host) or path."),
    accessKeyId: secret(z.string()).describe("Access key, of this bucket only."),
    secretAccessKey: secret(z.string()).describe("Its secret."),
  }),
  find: ({ project, environment, name }) =>
    searchPages(
      (after) => bucketsOf(project, after),
      (data) => data.project.buckets,
      (node) => (node.name === name ? `${project}/${environment}/${node.id}` : undefined),
    ),
  create: ({ project, name }) =>
    mutation<{ readonly bucketCreate: { readonly id: string } }>(
      "mutation ($input: BucketCreateInput!) { bucketCreate(input: $input) { id } }",
      { input: { projectId: project, name } },
    ),
  created: ({ data }, { project, environment }) => ({
    id: `${project}/${environment}/${data.bucketCreate.id}`,
  }),
  isCreatedBare: true,
  apply(id, { name, region }, old) {
    const [, environmentId, bucketId] = partsOfBucket(id);
    return region === old.region
      ? []
      : [
          commit(
            environmentId,
            { buckets: { [bucketId]: { region, isCreated: true } } },
            `Create bucket ${name}`,
          ),
        ];
  },
  read(id) {
    const [projectId, environmentId, bucketId] = partsOfBucket(id);
    return {
      credentials: query<{ readonly bucketS3Credentials: readonly Credentials[] }>(
        "query ($projectId: String!, $environmentId: String!, $bucketId: String!) { bucketS3Credentials(projectId: $projectId, environmentId: $environmentId, bucketId: $bucketId) { accessKeyId secretAccessKey endpoint bucketName region urlStyle } }",
        { projectId, environmentId, bucketId },
      ),
      buckets: bucketsOf(projectId),
      environment: environmentOf(projectId, environmentId),
    };
  },
  progress: ({ credentials: { data } }) =>
    data.bucketS3Credentials.length === 0 ? { pending: "it has no credentials yet" } : "ready",
  tell({ credentials, buckets, environment }, id) {
    const [project, environmentId, bucketId] = partsOfBucket(id);
    const named = buckets.data.project.buckets.edges.find(({ node }) => node.id === bucketId);
    const { region } = environment.data.environment.config.buckets?.[bucketId] ?? {};
    const [found] = credentials.data.bucketS3Credentials;
    return {
      inputs: {
        project,
        environment: environmentId,
        ...(named && { name: named.node.name }),
        ...(region !== undefined && { region: region as (typeof regions)[number] }),
      },
      outputs:
        found === undefined
          ? {}
          : {
              bucket: found.bucketName,
              endpoint: found.endpoint,
              s3Region: found.region,
              urlStyle: found.urlStyle,
              accessKeyId: found.accessKeyId,
              secretAccessKey: found.secretAccessKey,
            },
    };
  },
  /** There is no mutation of its own: Railway's command line deletes in this way too. */
  remove(id) {
    const [, environmentId, bucketId] = partsOfBucket(id);
    return [commit(environmentId, { buckets: { [bucketId]: { isDeleted: true } } }, "Delete a bucket")];
  },
});
