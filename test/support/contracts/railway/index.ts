/** Railway, as far as its schema, its manual and its command line tell. */
import { startGraphqlServer } from "../graphql.ts";
import { type BucketAddress, bucketBehaviour } from "./bucket.ts";
import { networkingBehaviour } from "./networking.ts";
import { projectBehaviour } from "./project.ts";
import { contract } from "./schema.ts";
import { serviceBehaviour } from "./service.ts";
import { emptyState } from "./state.ts";
import { volumeBehaviour } from "./volume.ts";

export const credentials = { token: "canary-token-of-railway" };

/** As Railway tells errors of every kind. */
const refused = (message: string, path?: readonly (string | number)[]) => ({
  body: {
    errors: [{ message, ...(path && { path }), extensions: { code: "INTERNAL_SERVER_ERROR" } }],
    data: null,
  },
});

/** @param bucket is what every bucket stands for. Default: nothing. */
export async function startRailway(bucket?: BucketAddress) {
  const state = emptyState();
  const server = await startGraphqlServer({
    contract,
    behaviour: {
      ...projectBehaviour(state),
      ...serviceBehaviour(state),
      ...networkingBehaviour(state),
      ...volumeBehaviour(state),
      ...bucketBehaviour(state, bucket),
    },
    refusal: ({ authorization }) =>
      authorization === `Bearer ${credentials.token}` ? undefined : refused("Not Authorized"),
    refused,
    malformed: (message) => ({
      status: 400,
      body: { errors: [{ message, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] },
    }),
  });
  return { ...server, ...state };
}

/** With project-1, its environment-1, and service-1 in it. */
export async function startInhabitedRailway() {
  const server = await startRailway();
  server.projects.set("project-1", {
    name: "testfarm-elsewhere",
    workspaceId: "workspace-1",
    deletedAt: null,
    environmentId: "environment-1",
    left: 0,
  });
  server.services.set("service-1", {
    name: "testfarm-there",
    projectId: "project-1",
    settings: {},
    variables: {},
    deployments: [],
    deletedAt: null,
  });
  return server;
}
