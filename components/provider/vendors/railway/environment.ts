/**
 * The configuration of an environment: a tree, of which Railway's schema says only that it is one. Its form is in
 * https://github.com/railwayapp/cli, src/controllers/config/environment.rs (2026-08-21).
 */
import { query, setting } from "./graphql.ts";

export interface ServiceConfig {
  /** By name; the value of a sealed one is not told. */
  readonly variables?: Readonly<Record<string, { readonly value?: string | null } | null>>;
  readonly deploy?: {
    readonly multiRegionConfig?: Readonly<Record<string, { readonly numReplicas?: number } | null>> | null;
  };
  /** By the volume's id. */
  readonly volumeMounts?: Readonly<Record<string, { readonly mountPath?: string } | null>>;
  readonly networking?: {
    /** By the port of the service. */
    readonly tcpProxies?: Readonly<Record<string, unknown>>;
  };
}

export interface EnvironmentData {
  readonly environment: {
    readonly config: {
      readonly services?: Readonly<Record<string, ServiceConfig>>;
      readonly buckets?: Readonly<
        Record<string, { readonly region?: string; readonly isDeleted?: boolean } | null>
      >;
    };
  };
}

/** With the variables' values, which it else leaves out. */
export const environmentOf = (projectId: string, environmentId: string) =>
  query<EnvironmentData>(
    "query ($id: String!, $projectId: String!) { environment(id: $id, projectId: $projectId) { config(decryptVariables: true) deletedAt } }",
    { id: environmentId, projectId },
  );

/** Changes a part of it at once. */
export const commit = (environmentId: string, patch: unknown, commitMessage: string) =>
  setting(
    "mutation ($environmentId: String!, $patch: EnvironmentConfig!, $commitMessage: String) { environmentPatchCommit(environmentId: $environmentId, patch: $patch, commitMessage: $commitMessage) }",
    { environmentId, patch, commitMessage },
  );
