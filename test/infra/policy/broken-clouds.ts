import * as aws from "@pulumi/aws";
import * as azure from "@pulumi/azure-native";
import * as digitalocean from "@pulumi/digitalocean";
import * as gcp from "@pulumi/gcp";
import type { RuleId } from "../../../infra/policy/ids.ts";
import type { Broken } from "./broken.ts";

const operators = "198.18.7.7/32";
const kept = { protect: true, retainOnDelete: true };
const audit = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Resources of the clouds that no rule has anything against, but for what a test says otherwise. */
export const clouds = {
  gke: (change: Partial<gcp.container.ClusterArgs> = {}) =>
    new gcp.container.Cluster("cluster", {
      privateClusterConfig: { enablePrivateNodes: true },
      masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: operators }] },
      datapathProvider: "ADVANCED_DATAPATH",
      workloadIdentityConfig: { workloadPool: "farm.svc.id.goog" },
      releaseChannel: { channel: "REGULAR" },
      ...change,
    }),
  pool: (change: Partial<gcp.types.input.container.NodePoolNodeConfig> = {}) =>
    new gcp.container.NodePool("pool", {
      cluster: "cluster",
      nodeConfig: {
        serviceAccount: "nodes@farm",
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        shieldedInstanceConfig: { enableSecureBoot: true },
        ...change,
      },
    }),
  eks: (change: Partial<aws.eks.ClusterArgs> = {}) =>
    new aws.eks.Cluster("cluster", {
      roleArn: "arn:aws:iam::1:role/cluster",
      vpcConfig: { subnetIds: [], publicAccessCidrs: [operators] },
      encryptionConfig: { provider: { keyArn: "arn:aws:kms:::key/1" }, resources: ["secrets"] },
      enabledClusterLogTypes: audit,
      ...change,
    }),
  template: (change: Partial<aws.types.input.ec2.LaunchTemplateMetadataOptions> = {}) =>
    new aws.ec2.LaunchTemplate("nodes", {
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1, ...change },
    }),
  aks: (change: Partial<azure.containerservice.ManagedClusterArgs> = {}) =>
    new azure.containerservice.ManagedCluster("cluster", {
      resourceGroupName: "farm",
      enableRBAC: true,
      disableLocalAccounts: true,
      apiServerAccessProfile: { authorizedIPRanges: [operators] },
      networkProfile: { networkPolicy: "cilium" },
      autoUpgradeProfile: { upgradeChannel: "patch" },
      ...change,
    }),
  doks: (change: Partial<digitalocean.KubernetesClusterArgs> = {}) =>
    new digitalocean.KubernetesCluster("cluster", {
      region: "fra1",
      version: "1.34",
      autoUpgrade: true,
      nodePool: { name: "api", size: "s-2vcpu-4gb" },
      controlPlaneFirewall: { enabled: true, allowedAddresses: [operators] },
      ...change,
    }),
  cloudSql: (change: Partial<gcp.types.input.sql.DatabaseInstanceSettings> = {}) =>
    new gcp.sql.DatabaseInstance(
      "database",
      {
        databaseVersion: "POSTGRES_17",
        settings: {
          tier: "db-f1-micro",
          ipConfiguration: { ipv4Enabled: false, sslMode: "ENCRYPTED_ONLY" },
          backupConfiguration: { pointInTimeRecoveryEnabled: true },
          ...change,
        },
      },
      kept,
    ),
  memorystore: (change: Partial<gcp.redis.InstanceArgs> = {}) =>
    new gcp.redis.Instance("queue", { memorySizeGb: 1, authEnabled: true, ...change }, kept),
  rds: (change: Partial<aws.rds.InstanceArgs> = {}) =>
    new aws.rds.Instance(
      "database",
      {
        instanceClass: "db.t4g.small",
        publiclyAccessible: false,
        storageEncrypted: true,
        backupRetentionPeriod: 7,
        ...change,
      },
      kept,
    ),
  elasticache: (change: Partial<aws.elasticache.ReplicationGroupArgs> = {}) =>
    new aws.elasticache.ReplicationGroup(
      "queue",
      {
        description: "queue",
        transitEncryptionEnabled: true,
        atRestEncryptionEnabled: true,
        userGroupIds: ["farm"],
        ...change,
      },
      kept,
    ),
  flexibleServer: (change: Partial<azure.dbforpostgresql.ServerArgs> = {}) =>
    new azure.dbforpostgresql.Server(
      "database",
      {
        resourceGroupName: "farm",
        network: { delegatedSubnetResourceId: "/subnets/database" },
        backup: { backupRetentionDays: 7 },
        ...change,
      },
      kept,
    ),
  managedRedis: (change: Partial<azure.redisenterprise.DatabaseArgs> = {}) =>
    new azure.redisenterprise.Database("queue", {
      resourceGroupName: "farm",
      clusterName: "queue",
      clientProtocol: "Encrypted",
      ...change,
    }),
  gcs: (change: Partial<gcp.storage.BucketArgs> = {}) =>
    new gcp.storage.Bucket(
      "pictures",
      { location: "EU", publicAccessPrevention: "enforced", uniformBucketLevelAccess: true, ...change },
      kept,
    ),
  s3: () => new aws.s3.Bucket("pictures", { bucket: "pictures" }, kept),
  block: (change: Partial<aws.s3.BucketPublicAccessBlockArgs> = {}) => {
    const { id } = clouds.s3();
    return new aws.s3.BucketPublicAccessBlock("pictures", {
      bucket: id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
      ...change,
    });
  },
};

const gke = "gcp:container/cluster:Cluster cluster";
const pool = "gcp:container/nodePool:NodePool pool";
const eks = "aws:eks/cluster:Cluster cluster";
const template = "aws:ec2/launchTemplate:LaunchTemplate nodes";
const aks = "azure-native:containerservice:ManagedCluster cluster";
const doks = "digitalocean:index/kubernetesCluster:KubernetesCluster cluster";
const broken = (what: string, make: () => unknown, finding: string): Broken => ({
  what,
  make: () => void make(),
  finding,
});

const strangers = "lets strangers in; give it";
const weak = "leaves out what a cluster is trusted for; give it";
const unpatched = "stays as it is until somebody raises its version; give it";
const store = "is less closed than a database has to be; give it";
const openable = "can be opened to everybody; give it";

/** Programs that break a rule about the clouds' own resources. */
export const atClouds = {
  "cluster-open-to-world": [
    broken(
      "nodes with public addresses at GKE",
      () => clouds.gke({ privateClusterConfig: { enablePrivateNodes: false } }),
      `${gke} ${strangers} \`enablePrivateNodes: true\``,
    ),
    broken(
      "no range at GKE",
      () => clouds.gke({ masterAuthorizedNetworksConfig: { cidrBlocks: [] } }),
      `${gke} ${strangers} \`masterAuthorizedNetworksConfig\``,
    ),
    broken(
      "everybody at GKE",
      () => clouds.gke({ masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "0.0.0.0/0" }] } }),
      `${gke} ${strangers} \`masterAuthorizedNetworksConfig\``,
    ),
    broken(
      "everybody at EKS, which is its default",
      () => clouds.eks({ vpcConfig: { subnetIds: [] } }),
      `${eks} ${strangers} \`publicAccessCidrs\``,
    ),
    broken(
      "everybody at AKS",
      () => clouds.aks({ apiServerAccessProfile: {} }),
      `${aks} ${strangers} \`authorizedIPRanges\``,
    ),
    broken(
      "a firewall at DigitalOcean that is off",
      () => clouds.doks({ controlPlaneFirewall: { enabled: false, allowedAddresses: [operators] } }),
      `${doks} ${strangers} \`controlPlaneFirewall\``,
    ),
  ],
  "cluster-weak": [
    broken(
      "policies that nobody enforces at GKE",
      () => clouds.gke({ datapathProvider: "LEGACY_DATAPATH" }),
      `${gke} ${weak} \`datapathProvider:`,
    ),
    broken(
      "nodes' own identity for pods at GKE",
      () => clouds.pool({ workloadMetadataConfig: { mode: "GCE_METADATA" } }),
      `${pool} ${weak} \`workloadMetadataConfig:`,
    ),
    broken(
      "an account that may all at GKE",
      () => clouds.pool({ serviceAccount: "" }),
      `${pool} ${weak} a \`serviceAccount\` of its own`,
    ),
    broken(
      "nodes that start anything at GKE",
      () => clouds.pool({ shieldedInstanceConfig: {} }),
      `${pool} ${weak} \`shieldedInstanceConfig:`,
    ),
    broken(
      "a log left out at EKS",
      () => clouds.eks({ enabledClusterLogTypes: audit.slice(1) }),
      `${eks} ${weak} every log`,
    ),
    broken(
      "metadata without a token at EKS",
      () => clouds.template({ httpTokens: "optional" }),
      `${template} ${weak} \`metadataOptions:`,
    ),
    broken(
      "metadata for pods at EKS",
      () => clouds.template({ httpPutResponseHopLimit: 2 }),
      `${template} ${weak} \`httpPutResponseHopLimit: 1\``,
    ),
    broken(
      "accounts that no directory knows at AKS",
      () => clouds.aks({ disableLocalAccounts: false }),
      `${aks} ${weak} \`disableLocalAccounts: true\``,
    ),
    broken(
      "policies that nobody enforces at AKS",
      () => clouds.aks({ networkProfile: {} }),
      `${aks} ${weak} a \`networkPolicy\``,
    ),
  ],
  "cluster-unpatched": [
    broken(
      "GKE",
      () => clouds.gke({ releaseChannel: { channel: "" } }),
      `${gke} ${unpatched} a \`releaseChannel\``,
    ),
    broken("AKS", () => clouds.aks({ autoUpgradeProfile: {} }), `${aks} ${unpatched} an \`upgradeChannel\``),
    broken(
      "DigitalOcean",
      () => clouds.doks({ autoUpgrade: false }),
      `${doks} ${unpatched} \`autoUpgrade: true\``,
    ),
  ],
  "cloud-database-open": [
    broken(
      "a public address of Cloud SQL",
      () => clouds.cloudSql({ ipConfiguration: { ipv4Enabled: true, sslMode: "ENCRYPTED_ONLY" } }),
      `gcp:sql/databaseInstance:DatabaseInstance database ${store} \`ipv4Enabled: false\``,
    ),
    broken(
      "Cloud SQL without TLS and without backups",
      () =>
        clouds.cloudSql({
          ipConfiguration: { ipv4Enabled: false, sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" },
          backupConfiguration: {},
        }),
      `gcp:sql/databaseInstance:DatabaseInstance database ${store} \`sslMode: "ENCRYPTED_ONLY"\`, \`pointInTimeRecoveryEnabled: true\``,
    ),
    broken(
      "a Memorystore for all of the network",
      () => clouds.memorystore({ authEnabled: false }),
      `gcp:redis/instance:Instance queue ${store} \`authEnabled: true\``,
    ),
    broken(
      "a public RDS, in clear, without backups",
      () => clouds.rds({ publiclyAccessible: true, storageEncrypted: false, backupRetentionPeriod: 0 }),
      `aws:rds/instance:Instance database ${store} \`publiclyAccessible: false\`, \`storageEncrypted: true\`, a \`backupRetentionPeriod\``,
    ),
    broken(
      "an ElastiCache in clear",
      () => clouds.elasticache({ transitEncryptionEnabled: false }),
      `aws:elasticache/replicationGroup:ReplicationGroup queue ${store} \`transitEncryptionEnabled: true\``,
    ),
    broken(
      "a Flexible Server with a public address",
      () => clouds.flexibleServer({ network: {} }),
      `azure-native:dbforpostgresql:Server database ${store} a \`delegatedSubnetResourceId\``,
    ),
    broken(
      "an Azure Managed Redis in clear",
      () => clouds.managedRedis({ clientProtocol: "Plaintext" }),
      `azure-native:redisenterprise:Database queue ${store} \`clientProtocol: "Encrypted"\``,
    ),
  ],
  "bucket-public": [
    broken(
      "Cloud Storage",
      () => clouds.gcs({ publicAccessPrevention: "inherited" }),
      `gcp:storage/bucket:Bucket pictures ${openable} \`publicAccessPrevention: "enforced"\``,
    ),
    broken(
      "S3 without a block",
      () => clouds.s3(),
      `aws:s3/bucket:Bucket pictures ${openable} a BucketPublicAccessBlock`,
    ),
    broken(
      "S3 with half a block",
      () => clouds.block({ blockPublicPolicy: false }),
      `aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock pictures ${openable} \`blockPublicPolicy: true\``,
    ),
  ],
} as const satisfies { readonly [Id in RuleId]?: readonly Broken[] };
