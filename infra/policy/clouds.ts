/** What the clouds' own resources have to say: clusters, what they keep data in, and who reaches them. */
import type { Recording, Value } from "../plan/record.ts";
import type { Finding, Rule, Severity } from "./rule.ts";
import { at, listOf, textsOf } from "./values.ts";

type Inputs = Readonly<Record<string, Value>>;

/** One thing that a resource has to say, and how. */
type Demand = readonly [holds: (inputs: Inputs) => boolean, fix: string];

/** By type of resource. */
type Demands = Readonly<Record<string, readonly Demand[]>>;

const missing =
  (fault: string, demands: Demands) =>
  ({ resources }: Pick<Recording, "resources">): Finding[] =>
    resources.flatMap((resource) => {
      const own = Object.hasOwn(demands, resource.type) ? demands[resource.type]! : [];
      const fixes = own.filter(([holds]) => !holds(resource.inputs)).map(([, fix]) => fix);
      return fixes.length === 0 ? [] : [{ resource, message: `${fault}; give it ${fixes.join(", ")}` }];
    });

const demanded = (says: string, severity: Severity, fault: string, demands: Demands): Rule => ({
  says,
  severity,
  check: missing(fault, demands),
});

const is =
  (value: Value, ...path: readonly string[]) =>
  (inputs: Inputs): boolean =>
    at(inputs, ...path) === value;
const isSet =
  (...path: readonly string[]) =>
  (inputs: Inputs): boolean => {
    const value = at(inputs, ...path);
    return value !== undefined && value !== null && value !== "";
  };
const closed = (ranges: readonly string[]): boolean =>
  ranges.length > 0 && !ranges.some((range) => range.endsWith("/0"));

const gke = "gcp:container/cluster:Cluster";
const gkePool = "gcp:container/nodePool:NodePool";
const eks = "aws:eks/cluster:Cluster";
const aks = "azure-native:containerservice:ManagedCluster";
const doks = "digitalocean:index/kubernetesCluster:KubernetesCluster";
const isAutopilot = is(true, "enableAutopilot");

/** Nearest: checkov CKV_GCP_20, 25, CKV_AWS_38, 39, CKV_AZURE_6, 115; trivy GCP-0053, 59, AWS-0040, 41, AZU-0041. */
export const clusterOpen = demanded(
  "A cluster's control plane is reached from the operators' addresses, and its nodes from nowhere.",
  "error",
  "lets strangers in",
  {
    [gke]: [
      [is(true, "privateClusterConfig", "enablePrivateNodes"), "`enablePrivateNodes: true`"],
      [
        (inputs) =>
          closed(
            listOf(at(inputs, "masterAuthorizedNetworksConfig", "cidrBlocks")).map(({ cidrBlock }) =>
              String(cidrBlock),
            ),
          ),
        "`masterAuthorizedNetworksConfig` with the operators' addresses",
      ],
    ],
    [eks]: [
      [
        (inputs) =>
          at(inputs, "vpcConfig", "endpointPublicAccess") === false ||
          closed(textsOf(at(inputs, "vpcConfig", "publicAccessCidrs"))),
        "`publicAccessCidrs` with the operators' addresses",
      ],
    ],
    [aks]: [
      [
        (inputs) =>
          at(inputs, "apiServerAccessProfile", "enablePrivateCluster") === true ||
          closed(textsOf(at(inputs, "apiServerAccessProfile", "authorizedIPRanges"))),
        "`authorizedIPRanges` with the operators' addresses",
      ],
    ],
    [doks]: [
      [
        (inputs) =>
          at(inputs, "controlPlaneFirewall", "enabled") === true &&
          closed(textsOf(at(inputs, "controlPlaneFirewall", "allowedAddresses"))),
        "`controlPlaneFirewall` with the operators' addresses",
      ],
    ],
  },
);

const audit = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Nearest: checkov CKV_GCP_12, 64, 69, CKV_AWS_37, 58, 79, CKV_AZURE_7, 141; trivy GCP-0056, 61, AWS-0038, 39, AZU-0043. */
export const clusterWeak = demanded(
  "A cluster enforces network policies, encrypts its secrets, notes who did what, and lets pods be no more than they are.",
  "error",
  "leaves out what a cluster is trusted for",
  {
    [gke]: [
      [
        (inputs) =>
          isAutopilot(inputs) ||
          is("ADVANCED_DATAPATH", "datapathProvider")(inputs) ||
          is(true, "networkPolicy", "enabled")(inputs),
        '`datapathProvider: "ADVANCED_DATAPATH"`',
      ],
      [
        (inputs) => isAutopilot(inputs) || isSet("workloadIdentityConfig")(inputs),
        "`workloadIdentityConfig`",
      ],
    ],
    [gkePool]: [
      [
        is("GKE_METADATA", "nodeConfig", "workloadMetadataConfig", "mode"),
        '`workloadMetadataConfig: { mode: "GKE_METADATA" }`',
      ],
      [isSet("nodeConfig", "serviceAccount"), "a `serviceAccount` of its own"],
      [
        is(true, "nodeConfig", "shieldedInstanceConfig", "enableSecureBoot"),
        "`shieldedInstanceConfig: { enableSecureBoot: true }`",
      ],
    ],
    [eks]: [
      [isSet("encryptionConfig"), "`encryptionConfig` with a key"],
      [
        (inputs) => audit.every((log) => textsOf(inputs["enabledClusterLogTypes"]).includes(log)),
        "every log in `enabledClusterLogTypes`",
      ],
    ],
    "aws:ec2/launchTemplate:LaunchTemplate": [
      [is("required", "metadataOptions", "httpTokens"), '`metadataOptions: { httpTokens: "required" }`'],
      [is(1, "metadataOptions", "httpPutResponseHopLimit"), "`httpPutResponseHopLimit: 1`"],
    ],
    [aks]: [
      [is(true, "enableRBAC"), "`enableRBAC: true`"],
      [is(true, "disableLocalAccounts"), "`disableLocalAccounts: true`"],
      [isSet("networkProfile", "networkPolicy"), "a `networkPolicy`"],
    ],
  },
);

/** Nearest: checkov CKV_GCP_70, CKV_AZURE_171. EKS raises versions only when somebody asks for it. */
export const clusterUnpatched = demanded(
  "A cluster gets patches by itself.",
  "warning",
  "stays as it is until somebody raises its version",
  {
    [gke]: [[isSet("releaseChannel", "channel"), "a `releaseChannel`"]],
    [aks]: [[isSet("autoUpgradeProfile", "upgradeChannel"), "an `upgradeChannel`"]],
    [doks]: [[is(true, "autoUpgrade"), "`autoUpgrade: true`"]],
  },
);

/** Nearest: checkov CKV_GCP_6, 11, 14, CKV_AWS_16, 17, 31, 133, CKV_AZURE_68, 89; trivy GCP-0015, 17, 24, AWS-0077, 80, 180. */
export const cloudDatabaseOpen = demanded(
  "A cloud's database or cache has no public address, encrypts what it sends and keeps, and is backed up.",
  "error",
  "is less closed than a database has to be",
  {
    "gcp:sql/databaseInstance:DatabaseInstance": [
      [is(false, "settings", "ipConfiguration", "ipv4Enabled"), "`ipv4Enabled: false`"],
      [
        (inputs) =>
          ["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"].includes(
            String(at(inputs, "settings", "ipConfiguration", "sslMode")),
          ),
        '`sslMode: "ENCRYPTED_ONLY"`',
      ],
      [
        is(true, "settings", "backupConfiguration", "pointInTimeRecoveryEnabled"),
        "`pointInTimeRecoveryEnabled: true`",
      ],
    ],
    "gcp:redis/instance:Instance": [[is(true, "authEnabled"), "`authEnabled: true`"]],
    "aws:rds/instance:Instance": [
      [is(false, "publiclyAccessible"), "`publiclyAccessible: false`"],
      [is(true, "storageEncrypted"), "`storageEncrypted: true`"],
      [(inputs) => Number(inputs["backupRetentionPeriod"] ?? 0) > 0, "a `backupRetentionPeriod`"],
    ],
    "aws:elasticache/replicationGroup:ReplicationGroup": [
      [is(true, "transitEncryptionEnabled"), "`transitEncryptionEnabled: true`"],
      [is(true, "atRestEncryptionEnabled"), "`atRestEncryptionEnabled: true`"],
      [
        ({ authToken, userGroupIds }) => authToken !== undefined || userGroupIds !== undefined,
        "an `authToken`",
      ],
    ],
    "azure-native:dbforpostgresql:Server": [
      [
        (inputs) =>
          isSet("network", "delegatedSubnetResourceId")(inputs) ||
          is("Disabled", "network", "publicNetworkAccess")(inputs),
        "a `delegatedSubnetResourceId`",
      ],
      [(inputs) => Number(at(inputs, "backup", "backupRetentionDays") ?? 0) > 0, "`backupRetentionDays`"],
    ],
    "azure-native:redisenterprise:RedisEnterprise": [
      [is("Disabled", "publicNetworkAccess"), '`publicNetworkAccess: "Disabled"`'],
    ],
    "azure-native:redisenterprise:Database": [
      [is("Encrypted", "clientProtocol"), '`clientProtocol: "Encrypted"`'],
    ],
  },
);

const accessBlock = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const openable = missing("can be opened to everybody", {
  "gcp:storage/bucket:Bucket": [
    [is("enforced", "publicAccessPrevention"), '`publicAccessPrevention: "enforced"`'],
    [is(true, "uniformBucketLevelAccess"), "`uniformBucketLevelAccess: true`"],
  ],
  [accessBlock]: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
    (block): Demand => [is(true, block), `\`${block}: true\``],
  ),
});

/** Nearest: checkov CKV_GCP_29, 114, CKV_AWS_53-56; trivy AWS-0086, 87, 91, 93, GCP-0001. */
export const bucketPublic: Rule = {
  says: "A bucket is private, whatever is said of an object in it.",
  severity: "error",
  across: true,
  check: ({ resources }) => [
    ...openable({ resources }),
    ...resources
      .filter(
        ({ type, key }) =>
          type === "aws:s3/bucket:Bucket" &&
          !resources.some((other) => other.type === accessBlock && other.dataFlow["bucket"]?.includes(key)),
      )
      .map((resource) => ({
        resource,
        message: "can be opened to everybody; give it a BucketPublicAccessBlock",
      })),
  ],
};
