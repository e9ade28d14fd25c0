/** What runs an image at Render has in common: how it is told to, and what becomes of it. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { get, type Progress, type Request, secret, type Step } from "../../vendor/kind.ts";
import { isEmpty } from "./common.ts";

export const plans = ["starter", "standard", "pro", "pro_plus", "pro_max", "pro_ultra"] as const;

export const image = z
  .string()
  .regex(/@sha256:[\da-f]{64}$/, "must name its digest: registry.example/name@sha256:...")
  .describe("The image with its digest, which Render pulls. A change deploys.");
export const registryCredentialId = z
  .string()
  .optional()
  .describe("The RegistryCredential that a private registry asks for. A change deploys.");
export const variables = secret(z.record(z.string(), z.string()))
  .default({})
  .describe("Its environment; there are no other variables than these. A change deploys.");

interface Given {
  readonly ownerId: string;
  readonly image: string;
  readonly registryCredentialId?: string | undefined;
}

export const imageOf = ({ ownerId, image: imagePath, registryCredentialId: id }: Partial<Given>) => ({
  ownerId,
  imagePath,
  ...(id !== undefined && { registryCredentialId: id }),
});

/** As the API takes variables. */
export const environmentOf = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, value]) => ({ key, value }));

interface Deploy {
  readonly id: string;
  readonly createdAt: string;
  readonly status:
    | "created"
    | "queued"
    | "build_in_progress"
    | "update_in_progress"
    | "live"
    | "deactivated"
    | "build_failed"
    | "update_failed"
    | "canceled"
    | "pre_deploy_in_progress"
    | "pre_deploy_failed";
}
type Deploys = readonly { readonly deploy: Deploy }[];

export const deploysOf = (id: string) => get<Deploys>(`/v1/services/${id}/deploys`);

type Variables = readonly { readonly envVar: { readonly key: string; readonly value: string } }[];

/** The longest page there is. */
export const variablesOf = (id: string) => get<Variables>(`/v1/services/${id}/env-vars`, { limit: "100" });
export const mapOf = (told: Variables): Record<string, string> =>
  Object.fromEntries(told.map(({ envVar: { key, value } }) => [key, value]));

/** The answer does not say in which order they come. */
export const newest = <Made extends { readonly createdAt: string }>(all: readonly Made[]): Made | undefined =>
  all.toSorted((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt))[0];
export const newestDeploy = (deploys: Deploys): Deploy | undefined =>
  newest(deploys.map(({ deploy }) => deploy));

export const hasFailed = ({ status }: Deploy): boolean =>
  status.endsWith("_failed") || status === "canceled" || status === "deactivated";

/** @param dashboardUrl the service's page. */
export function progressOf(deploys: Deploys, dashboardUrl: string): Progress {
  const deploy = newestDeploy(deploys);
  if (deploy === undefined) return { pending: "no deploy has begun" };
  if (hasFailed(deploy))
    return { failed: `its deploy ended as ${deploy.status}; see ${dashboardUrl}/deploys/${deploy.id}` };
  return deploy.status === "live" ? "ready" : { pending: `its deploy is at ${deploy.status}` };
}

/** Says what has changed, and deploys it once; nothing where nothing has. */
export function change(
  id: string,
  changes: object,
  now: Readonly<Record<string, string>>,
  old: Readonly<Record<string, string>> | undefined,
): readonly Step[] {
  const path = `/v1/services/${id}`;
  const said: readonly Request[] = [
    ...(isEmpty(changes) ? [] : [{ method: "PATCH", path, body: changes } as const]),
    ...(isDeepStrictEqual(now, old)
      ? []
      : [{ method: "PUT", path: `${path}/env-vars`, body: environmentOf(now) } as const]),
  ];
  // A second deploy of the same image takes the place of the first.
  return said.length === 0
    ? []
    : [...said, { method: "POST", path: `${path}/deploys`, body: {}, isRepeatable: true }];
}
