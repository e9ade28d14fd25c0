import { Addon } from "@pulumi/aws/eks/addon.js";
import { getAddonVersionOutput } from "@pulumi/aws/eks/getAddonVersion.js";
import type * as pulumi from "@pulumi/pulumi";

/** Software of AWS in a cluster. */
interface AwsAddon {
  readonly addonName: string;
  readonly configuration?: object;
  /** Role of its pods, by their service account. */
  readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
}

/**
 * Add-ons of a cluster, each in the version that EKS holds to be the right one for the cluster's version of Kubernetes:
 * a later Kubernetes brings later add-ons.
 */
export const addonsOf =
  (clusterName: pulumi.Input<string>, kubernetesVersion: pulumi.Input<string>) =>
  (
    name: string,
    { addonName, configuration, identity }: AwsAddon,
    options: pulumi.CustomResourceOptions,
  ): Addon => {
    const { parent, provider } = options;
    const { version } = getAddonVersionOutput(
      { addonName, kubernetesVersion },
      { ...(parent && { parent }), ...(provider && { provider }) },
    );
    return new Addon(
      name,
      {
        clusterName,
        addonName,
        addonVersion: version,
        resolveConflictsOnUpdate: "OVERWRITE",
        ...(configuration && { configurationValues: JSON.stringify(configuration) }),
        ...(identity && { podIdentityAssociations: [identity] }),
      },
      options,
    );
  };
