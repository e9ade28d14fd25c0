import * as pulumi from "@pulumi/pulumi";
import type { RegistryCredentials } from "../../infra/contracts/docker-host.ts";
import type { Place } from "../../infra/contracts/managed.ts";
import { registryCredential } from "../provider/vendors/render/registry-credential.ts";
import { resourceClass } from "../provider/vendor/program.ts";

const RegistryCredential = resourceClass("render", "RegistryCredential", registryCredential);

/** What Render calls the registries that it pulls private images from: https://render.com/docs/deploy-an-image, 2026-11-26. */
const kinds = [
  [/^ghcr\.io$/, "GITHUB"],
  [/^registry\.gitlab\.com$/, "GITLAB"],
  [/^((registry-1|index)\.)?docker\.io$/, "DOCKER"],
  [/^([a-z\d-]+\.)?(pkg\.dev|gcr\.io)$/, "GOOGLE_ARTIFACT"],
  [/^\d+\.dkr\.ecr\.[a-z\d-]+\.amazonaws\.com$/, "AWS_ECR"],
] as const;

/**
 * The one account at a registry that a stack's services at Render pull with; none without one.
 *
 * @throws for a registry that Render has no kind of.
 */
export function renderRegistry({
  accounts,
  label,
  credentials,
}: Pick<Place, "accounts" | "label"> & { readonly credentials?: RegistryCredentials | undefined }): {
  readonly registryCredentialId?: pulumi.Output<string>;
} {
  if (credentials === undefined) return {};
  const { registry, username, password } = credentials;
  const kind = kinds.find(([pattern]) => pattern.test(registry))?.[1];
  if (kind === undefined)
    throw new Error(
      `registryUsername is for ${registry}, and Render pulls private images from Docker Hub, ghcr.io, registry.gitlab.com, Google's and Amazon's registries only; push the images to one of these`,
    );
  const { id } = accounts.once(
    "render-registry",
    () =>
      new RegistryCredential(
        "render-registry",
        {
          name: label,
          ownerId: accounts.requireIdAt("render"),
          registry: kind,
          username,
          token: pulumi.secret(password),
        },
        { provider: accounts.at("render") },
      ),
  );
  return { registryCredentialId: id };
}
