/** What the published types do not say about Google Cloud. */
import type { Properties } from "../../../../components/provider/contract.ts";
import { unknown } from "../../../../components/provider/wire.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Refusal } from "../refusals.ts";
import { octet, publicIp } from "../seed.ts";
import type { Seed } from "../world.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);

/** An id is a path there. */
const path =
  (kind: string) =>
  (seed: Seed): string =>
    `projects/stand-in/${kind}/${seed.slice(0, 12)}`;

/** In the range of private services access. */
const privateIp = (seed: Seed): string => `10.9.${octet(seed, 2)}.${octet(seed, 4)}`;

function accountOf({ accountId }: Properties): Properties {
  const email = `${String(accountId)}@stand-in.iam.gserviceaccount.com`;
  return { email, member: `serviceAccount:${email}`, name: `projects/stand-in/serviceAccounts/${email}` };
}

/**
 * `replaces` is `ForceNew` at the top of each schema in google/services/ of hashicorp/terraform-provider-google e03b762, of
 * 2026-08-21. Further down the same holds for single fields: of a pool's `nodeConfig` for `serviceAccount` and `oauthScopes`, but
 * neither for its machine nor for its disk.
 */
export const gcpBehaviours: Readonly<Record<string, Behaviour>> = {
  "gcp:compute/address:Address": {
    id: path("regions/stand-in/addresses"),
    outputs: (_, seed) => ({ address: publicIp(seed) }),
    replaces: words(`
      name address addressType description ipCollection ipVersion ipv6EndpointType network networkTier prefixLength purpose
      region subnetwork project
    `),
  },
  "gcp:compute/globalAddress:GlobalAddress": {
    id: path("global/addresses"),
    outputs: (_, seed) => ({ address: `10.9.${octet(seed, 2)}.0` }),
    replaces: words("name address addressType description ipVersion network prefixLength purpose project"),
  },
  "gcp:compute/network:Network": {
    id: path("global/networks"),
    replaces: words("name autoCreateSubnetworks description internalIpv6Range networkProfile params project"),
  },
  "gcp:compute/router:Router": {
    id: path("regions/stand-in/routers"),
    replaces: words("name encryptedInterconnectRouter nccGateway network params region project"),
  },
  "gcp:compute/routerNat:RouterNat": {
    id: path("regions/stand-in/routers/nat"),
    replaces: words("name router endpointTypes initialNatIps region type project"),
  },
  "gcp:compute/subnetwork:Subnetwork": {
    id: path("regions/stand-in/subnetworks"),
    replaces: words(`
      name network description externalIpv6Prefix internalIpv6Prefix params region reservedInternalRange resolveSubnetMask
      project
    `),
  },
  "gcp:container/cluster:Cluster": {
    id: path("locations/stand-in/clusters"),
    outputs: (_, seed) => ({
      endpoint: publicIp(seed),
      masterAuth: {
        clusterCaCertificate: Buffer.from(`certificate ${seed}`).toString("base64"),
        clientCertificate: "",
        clientKey: "",
      },
    }),
    follows: ({ minMasterVersion = "1.34" }) => ({ masterVersion: `${String(minMasterVersion)}.1-gke.100` }),
    replaces: words(`
      name location clusterIpv4Cidr description enableKubernetesAlpha enableTpu enableAutopilot initialNodeCount
      confidentialNodes network nodePools project subnetwork ipAllocationPolicy networkingMode defaultMaxPodsPerNode
      datapathProvider dataplaneOptimizationMode
    `),
  },
  "gcp:container/nodePool:NodePool": {
    id: path("locations/stand-in/clusters/stand-in/nodePools"),
    replaces: words(
      "project cluster location placementPolicy queuedProvisioning maxPodsPerNode initialNodeCount name namePrefix",
    ),
  },
  "gcp:projects/iAMMember:IAMMember": { replaces: "all" },
  "gcp:redis/instance:Instance": {
    id: path("locations/stand-in/instances"),
    outputs: (_, seed) => ({ host: privateIp(seed), port: 6379, authString: seed.slice(0, 32) }),
    replaces: words(`
      name alternativeLocationId authorizedNetwork connectMode customerManagedKey locationId region reservedIpRange tier
      transitEncryptionMode project
    `),
  },
  "gcp:serviceaccount/account:Account": {
    id: path("serviceAccounts"),
    outputs: accountOf,
    replaces: ["accountId", "project"],
  },
  "gcp:servicenetworking/connection:Connection": {
    id: path("global/networks/servicenetworking"),
    replaces: ["network", "service"],
  },
  "gcp:sql/database:Database": { replaces: ["instance", "name", "project"] },
  "gcp:sql/databaseInstance:DatabaseInstance": {
    outputs: (_, seed) => ({ privateIpAddress: privateIp(seed), publicIpAddress: "" }),
    replaces: ["region", "encryptionKeyName", "name", "project"],
  },
  "gcp:sql/user:User": { replaces: ["host", "instance", "name", "type", "project"] },
  "gcp:storage/bucket:Bucket": {
    replaces: ["name", "location", "project", "enableObjectRetention", "hierarchicalNamespace"],
  },
  "gcp:storage/bucketIAMMember:BucketIAMMember": { replaces: "all" },
  "gcp:storage/hmacKey:HmacKey": {
    id: path("hmacKeys"),
    outputs: (_, seed) => ({ accessId: `GOOG${seed.slice(0, 20).toUpperCase()}`, secret: seed.slice(0, 40) }),
    replaces: ["serviceAccountEmail", "project"],
  },
};

/** Those that Google's price API named on 2026-08-16 (https://github.com/doitintl/gcpinstances.info, public/data/pricing.json). */
const regions = words(`
  africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2 asia-southeast1
  asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2 europe-north1 europe-north2
  europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3 europe-west4 europe-west5 europe-west6
  europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1 northamerica-northeast2 northamerica-south1
  southamerica-east1 southamerica-west1 us-central1 us-east1 us-east4 us-east5 us-east7 us-south1 us-west1 us-west2 us-west3
  us-west4 us-west8
`);

const inRegion =
  (field: string): Refusal =>
  ({ [field]: value }) =>
    value === undefined || value === unknown || regions.includes(String(value).toLowerCase())
      ? undefined
      : `googleapi: Error 400: Invalid value for field '${field}': ${JSON.stringify(value)}. Unknown region., invalid`;

const named =
  (field: string, pattern: RegExp): Refusal =>
  ({ [field]: value }) =>
    value === undefined || value === unknown || pattern.test(String(value))
      ? undefined
      : `${JSON.stringify(field)} (${JSON.stringify(value)}) doesn't match regexp ${JSON.stringify(pattern.source)}`;

const first =
  (...refusals: readonly Refusal[]): Refusal =>
  (inputs, old) =>
    refusals.map((refusal) => refusal(inputs, old)).find((reason) => reason !== undefined);

/** `ConflictsWith` in the provider's schema of a cluster. */
const notOnAutopilot: Refusal = ({ enableAutopilot, ...others }) => {
  const conflict = words(
    "defaultMaxPodsPerNode enableIntranodeVisibility enableShieldedNodes networkPolicy nodePools removeDefaultNodePool",
  ).find((name) => others[name] !== undefined);
  return enableAutopilot === true && conflict !== undefined
    ? `"${conflict}": conflicts with enable_autopilot`
    : undefined;
};

/** The provider's own words, in resource_container_node_pool.go. */
const oneCount: Refusal = ({ name, initialNodeCount, nodeCount }) =>
  initialNodeCount !== undefined && nodeCount !== undefined
    ? `Cannot set both initial_node_count and node_count on node pool ${String(name)}`
    : undefined;

/** https://docs.cloud.google.com/nat/docs/ports-and-addresses */
const oneMapping: Refusal = ({ enableDynamicPortAllocation, enableEndpointIndependentMapping }) =>
  enableDynamicPortAllocation === true && enableEndpointIndependentMapping === true
    ? "googleapi: Error 400: Endpoint-Independent Mapping and Dynamic Port Allocation cannot be enabled at the same time., invalid"
    : undefined;

/** https://docs.cloud.google.com/storage/docs/buckets */
const bucketName = /^(?!goog)(?!.*google)[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]$/;

export const gcpRefusals: Readonly<Record<string, Refusal>> = {
  "gcp:compute/address:Address": inRegion("region"),
  "gcp:compute/routerNat:RouterNat": oneMapping,
  "gcp:container/cluster:Cluster": first(
    inRegion("location"),
    named("name", /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/),
    notOnAutopilot,
  ),
  "gcp:container/nodePool:NodePool": oneCount,
  "gcp:redis/instance:Instance": first(inRegion("region"), named("name", /^[a-z][a-z0-9-]{0,39}[a-z0-9]$/)),
  "gcp:serviceaccount/account:Account": named("accountId", /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
  "gcp:sql/databaseInstance:DatabaseInstance": inRegion("region"),
  "gcp:storage/bucket:Bucket": first(inRegion("location"), named("name", bucketName)),
};
