/** API and workers at a company, as a stack asks for them. */
import * as pulumi from "@pulumi/pulumi";
import { StackAccounts } from "../../../components/accounts.ts";
import type { service } from "../../../components/service/index.ts";
import type { ServiceArgs } from "../../../infra/contracts/managed.ts";
import {
  type RecordedResource,
  type Recording,
  recordProgram,
  type Response,
  type Value,
} from "../../../infra/testing/index.ts";

export type Role = keyof ServiceArgs["variables"];

export const label = "testfarm-validation";
export const image = `ghcr.io/acme/testfarm@sha256:${"a".repeat(64)}`;
/** What each role is to read, and no other one. */
export const variables = {
  migrate: { DATABASE_ADMIN_URL: "postgresql://canary-admin", LOG_LEVEL: "info" },
  api: { DATABASE_URL: "postgresql://canary-app", PORT: "3001" },
  worker: { ANTHROPIC_API_KEY: "canary-model", WORKER_CONCURRENCY: "8" },
} as const satisfies Record<Role, object>;
export const credentials = { registry: "ghcr.io", username: "acme", password: "canary-registry" };
export const canaries = ["canary-admin", "canary-app", "canary-model", "canary-registry", "canary-token"];

const accounts = {
  fly: "farm",
  railway: "00000000-0000-0000-0000-000000000000",
  render: "tea-example",
};
const tokens = ["flyToken", "railwayToken", "renderApiKey"] as const;
const keys = tokens.map((name) => `testfarm:${name}`);

const secretly = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, pulumi.secret(value)]));

export interface Given extends Partial<Omit<ServiceArgs, "accounts" | "variables">> {
  readonly preview?: boolean;
  /** What the company answers. */
  readonly respond?: (resource: Pick<RecordedResource, "type" | "name" | "inputs">) => Response;
}

export function recordService(
  open: (typeof service)[keyof typeof service],
  { preview = false, respond, ...change }: Given = {},
): Promise<Recording> {
  return recordProgram(
    async () => {
      const { api, logs, ready } = await open("service", {
        accounts: new StackAccounts({ accounts, endpoints: {}, secrets: tokens }),
        label,
        near: "madrid",
        cities: ["madrid"],
        ephemeral: false,
        image,
        workers: { count: 3, concurrency: 8, memory: 512 },
        isPublic: false,
        variables: {
          migrate: secretly(variables.migrate),
          api: { ...secretly(variables.api), REDIS_URL: "" },
          worker: secretly(variables.worker),
        },
        ...change,
      });
      return { ...api, logs, ready: pulumi.all(ready.map(({ urn }) => urn)) };
    },
    {
      preview,
      config: Object.fromEntries(keys.map((key) => [key, "canary-token"])),
      secretKeys: keys,
      ...(respond && { respond }),
    },
  );
}

/** Of a secret its content, at the top and within a map. */
export function revealed(value: Value | undefined): Value | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("reveal" in value) return revealed((value as { reveal(): Value }).reveal());
  return Object.fromEntries(
    Object.entries(value as Record<string, Value>).map(([key, each]) => [key, revealed(each)!]),
  );
}

/** Everything that has to be there before a resource, at any distance. */
export function needs(
  { resources }: Recording,
  { dependsOn }: RecordedResource,
): readonly RecordedResource[] {
  const found = new Set<RecordedResource>();
  const add = (keysOf: readonly string[]) => {
    for (const each of resources.filter(({ key }) => keysOf.includes(key)))
      if (!found.has(each)) {
        found.add(each);
        add(each.dependsOn);
      }
  };
  add(dependsOn);
  return [...found];
}
