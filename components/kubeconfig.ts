/** The only version that all of the clouds' programs know for certain. */
const apiVersion = "client.authentication.k8s.io/v1beta1";

/**
 * A kubeconfig without a secret: kubectl, and whatever else reads it, gets a token from a program of the cloud whenever it
 * needs one (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins). It is JSON,
 * which YAML contains.
 *
 * @param cluster.authority certificate that vouches for the server, in base64.
 */
export function kubeconfigOf(cluster: {
  readonly name: string;
  readonly server: string;
  readonly authority: string;
  readonly program: { readonly command: string; readonly args: readonly string[]; readonly hint: string };
}): string {
  const { name, server, authority, program } = cluster;
  const { command, args, hint: installHint } = program;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name, user: { exec: { apiVersion, command, args, installHint, interactiveMode: "Never" } } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
