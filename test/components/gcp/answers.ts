/** What Google Cloud answers, beside the inputs, to the resources of this repository. */
import type { RecordOptions, Value } from "../../../infra/testing/index.ts";
import { secret } from "../provider/client.ts";

const answers: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  "gcp:compute/address:Address": { address: "198.51.100.7" },
  "gcp:container/cluster:Cluster": {
    endpoint: "203.0.113.9",
    masterVersion: "1.34.1-gke.100",
    // Of all of it only a client's key is secret.
    masterAuth: secret({ clusterCaCertificate: "Y2E=", clientKey: "" }) as unknown as Value,
  },
  "gcp:redis/instance:Instance": { host: "10.9.0.4", port: 6379, authString: "canary-cache" },
  "gcp:serviceaccount/account:Account": {
    email: "account@farm-project.iam.gserviceaccount.com",
    member: "serviceAccount:account@farm-project.iam.gserviceaccount.com",
  },
  "gcp:sql/databaseInstance:DatabaseInstance": { privateIpAddress: "10.9.0.3" },
  "gcp:storage/hmacKey:HmacKey": { accessId: "canary-key-id", secret: "canary-key" },
};

export const respond: NonNullable<RecordOptions["respond"]> = ({ type, name }) => ({
  id: `${name}-id`,
  state: { ...answers[type] },
});
