/** What Azure answers, as far as the stack's program reads it. */
import type { RecordOptions } from "../../../infra/testing/index.ts";

const subscription = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590";
const group = `${subscription}/resourceGroups/testfarm-test`;

/** In the form of `az aks get-credentials` of a cluster without local accounts. */
const kubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0VSVA==
    server: https://testfarm-test-abc.hcp.spaincentral.azmk8s.io:443
  name: testfarm-test
`;

/** The input that a resource has its name from, which Azure tells as `name`. */
const named: readonly string[] = [
  "resourceGroupName",
  "virtualNetworkName",
  "publicIpAddressName",
  "privateZoneName",
  "privateEndpointName",
  "resourceName",
  "clusterName",
  "serverName",
  "databaseName",
  "name",
];

export const respond: NonNullable<RecordOptions["respond"]> = ({ type, name, inputs }) => {
  const nameInput = named.findLast((input) => typeof inputs[input] === "string");
  return {
    id: type.endsWith(":ResourceGroup") ? group : `${group}/${name}`,
    state: {
      name: nameInput === undefined ? name : inputs[nameInput]!,
      hex: "1a2b3c",
      principalId: `principal of ${name}`,
      fqdn: "testfarm-test-abc.hcp.spaincentral.azmk8s.io",
      fullyQualifiedDomainName: "testfarm-test-1a2b3c.postgres.database.azure.com",
      hostName: "testfarm-test-1a2b3c.spaincentral.redis.azure.net",
    },
  };
};

export const call: NonNullable<RecordOptions["call"]> = ({ token }) =>
  token.endsWith(":listDatabaseKeys")
    ? { primaryKey: "canary-cache/+=", secondaryKey: "canary-cache-2" }
    : { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(kubeconfig).toString("base64") }] };

export const ids = { subscription, group };

/** What everything at Azure stands on, and is kept with it. */
export const foundation = [
  "azure-group",
  "azure",
  "azure-nodes",
  "azure-database",
  "azure-endpoints",
  "azure-suffix",
];
