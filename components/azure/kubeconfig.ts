import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials.js";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigOf as kubeconfig } from "../kubeconfig.ts";

/** Of AKS itself, at Microsoft Entra: https://azure.github.io/kubelogin/concepts/aks.html. */
const serverId = "6dae42f8-4368-4678-94ff-3960e28e3630";

/**
 * How a kubectl gets in: `kubelogin` asks for a token with the login of the Azure CLI. Of what AKS tells only the certificate
 * is taken, which is no secret.
 */
export function kubeconfigOf(
  { name, fqdn }: ManagedCluster,
  resourceGroupName: pulumi.Input<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const told = listManagedClusterUserCredentialsOutput({ resourceGroupName, resourceName: name }, { parent });
  return pulumi.all([name, fqdn, pulumi.unsecret(told)]).apply(([called, host, { kubeconfigs }]) =>
    kubeconfig({
      name: called,
      server: `https://${host}:443`,
      authority: authorityIn(kubeconfigs[0]?.value ?? "", called),
      program: {
        command: "kubelogin",
        args: ["get-token", "--login", "azurecli", "--server-id", serverId],
        hint: "Install kubelogin with: az aks install-cli",
      },
    }),
  );
}

/**
 * The certificate that vouches for a cluster's server, in base64.
 *
 * @param told its kubeconfig as AKS tells it, in base64.
 * @throws where there is none.
 */
export function authorityIn(told: string, cluster: string): string {
  const text = Buffer.from(told, "base64").toString("utf8");
  const [, authority] = /certificate-authority-data: *(\S+)/.exec(text) ?? [];
  if (authority !== undefined) return authority;
  throw new Error(
    `AKS names no certificate of cluster ${cluster}. Does az aks get-credentials --name ${cluster} --file - print one?`,
  );
}
