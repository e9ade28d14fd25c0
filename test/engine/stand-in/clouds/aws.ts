/** What the published types do not say about AWS. */
import type { Properties } from "../../../../components/provider/contract.ts";
import { unknown } from "../../../../components/provider/wire.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Refusal } from "../refusals.ts";
import { octet, publicIp, uuid } from "../seed.ts";
import type { Seed } from "../world.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);
const account = "123456789012";

const id =
  (kind: string) =>
  (seed: Seed): string =>
    `${kind}-${seed.slice(0, 17)}`;

const named =
  (kind: string) =>
  ({ name }: Properties): Properties => ({ arn: `arn:aws:${kind}/${String(name)}` });

/** What hangs on a bucket is made anew with another bucket. */
const ofBucket: Behaviour = { replaces: ["bucket", "expectedBucketOwner"] };

/**
 * `replaces` is `ForceNew` at the top of schemas in internal/service/ of hashicorp/terraform-provider-aws: of
 * ec2/ec2_eip.go (0160692), ec2/vpc_nat_gateway.go (04088ea), ec2/vpc_subnet.go (00cda12), eks/cluster.go (00555dc),
 * eks/node_group.go (012e0a3), elasticache/replication_group.go (001b636), kms/key.go (00a3530) and rds/instance.go (00e4b23,
 * an old one); of all others it is what AWS's API cannot change (unverified).
 */
export const awsBehaviours: Readonly<Record<string, Behaviour>> = {
  "aws:cloudwatch/logGroup:LogGroup": { replaces: words("name namePrefix logGroupClass") },
  "aws:ec2/eip:Eip": {
    id: id("eipalloc"),
    outputs: (_, seed) => ({ publicIp: publicIp(seed), allocationId: id("eipalloc")(seed) }),
    replaces: words("address domain ipamPoolId networkBorderGroup publicIpv4Pool"),
  },
  "aws:ec2/internetGateway:InternetGateway": { id: id("igw") },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    id: id("lt"),
    outputs: () => ({ latestVersion: 1, defaultVersion: 1 }),
    replaces: ["name", "namePrefix"],
  },
  "aws:ec2/natGateway:NatGateway": {
    id: id("nat"),
    replaces: words("allocationId connectivityType privateIp secondaryPrivateIpAddressCount subnetId"),
  },
  "aws:ec2/routeTable:RouteTable": { id: id("rtb"), replaces: ["vpcId"] },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    id: id("rtbassoc"),
    replaces: ["subnetId", "gatewayId"],
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    id: id("sg"),
    replaces: words("description name namePrefix vpcId"),
  },
  "aws:ec2/subnet:Subnet": {
    id: id("subnet"),
    replaces: words("availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn vpcId"),
  },
  "aws:ec2/vpc:Vpc": { id: id("vpc"), replaces: ["cidrBlock"] },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    id: id("vpce"),
    replaces: words("serviceName serviceRegion vpcEndpointType vpcId"),
  },
  "aws:eks/addon:Addon": { replaces: ["addonName", "clusterName"] },
  "aws:eks/cluster:Cluster": {
    outputs: (_, seed) => ({
      arn: `arn:aws:eks:eu-south-2:${account}:cluster/${seed.slice(0, 8)}`,
      endpoint: `https://${seed.slice(0, 32).toUpperCase()}.gr7.eu-south-2.eks.amazonaws.com`,
      certificateAuthority: { data: Buffer.from(seed).toString("base64") },
      version: "1.34",
    }),
    replaces: words("bootstrapSelfManagedAddons kubernetesNetworkConfig name roleArn"),
  },
  "aws:eks/nodeGroup:NodeGroup": {
    replaces: words(`
      amiType capacityType clusterName diskSize instanceTypes nodeGroupName nodeGroupNamePrefix nodeRoleArn remoteAccess
      subnetIds
    `),
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    id: id("a"),
    replaces: words("clusterName namespace serviceAccount"),
  },
  "aws:elasticache/parameterGroup:ParameterGroup": { replaces: words("description family name") },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    outputs: ({ replicationGroupId }, seed) => ({
      primaryEndpointAddress: `master.${String(replicationGroupId)}.${seed.slice(0, 6)}.eus2.cache.amazonaws.com`,
    }),
    replaces: words(`
      atRestEncryptionEnabled dataTieringEnabled globalReplicationGroupId kmsKeyId networkType port replicationGroupId
      securityGroupNames snapshotArns snapshotName subnetGroupName
    `),
  },
  "aws:elasticache/subnetGroup:SubnetGroup": { replaces: ["name"] },
  "aws:iam/role:Role": {
    outputs: named(`iam::${account}:role`),
    replaces: words("name namePrefix path"),
  },
  "aws:iam/rolePolicy:RolePolicy": { replaces: words("name namePrefix role") },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { replaces: "all" },
  "aws:kms/key:Key": {
    id: uuid,
    outputs: (_, seed) => ({ arn: `arn:aws:kms:eu-south-2:${account}:key/${uuid(seed)}`, keyId: uuid(seed) }),
    replaces: words("customKeyStoreId customerMasterKeySpec keyUsage multiRegion xksKeyId"),
  },
  "aws:rds/instance:Instance": {
    outputs: ({ identifier }, seed) => ({
      address: `${String(identifier)}.c${seed.slice(0, 11)}.eu-south-2.rds.amazonaws.com`,
      hostedZoneId: `Z${octet(seed, 0)}`,
    }),
    replaces: words(`
      availabilityZone characterSetName customIamInstanceProfile dbName engine identifier identifierPrefix kmsKeyId
      ncharCharacterSetName restoreToPointInTime snapshotIdentifier storageEncrypted timezone username
    `),
  },
  "aws:rds/parameterGroup:ParameterGroup": { replaces: words("description family name namePrefix") },
  "aws:rds/subnetGroup:SubnetGroup": { replaces: ["name", "namePrefix"] },
  "aws:s3/bucket:Bucket": {
    outputs: ({ bucket }) => ({ arn: `arn:aws:s3:::${String(bucket)}` }),
    replaces: words("bucket bucketNamespace bucketPrefix objectLockEnabled"),
  },
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ofBucket,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket,
  "aws:s3/bucketPolicy:BucketPolicy": { replaces: ["bucket"] },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": { replaces: ["bucket"] },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket,
  "aws:s3/bucketVersioning:BucketVersioning": ofBucket,
};

/** In the form of a version that EKS has for an add-on. */
export const awsFunctions: Readonly<Record<string, (args: Properties) => Properties>> = {
  "aws:eks/getAddonVersion:getAddonVersion": ({ addonName, kubernetesVersion }) => ({
    addonName,
    kubernetesVersion,
    id: addonName,
    region: "eu-south-2",
    version: `v${String(kubernetesVersion)}.0-eksbuild.1`,
  }),
};

const textOf = (value: unknown): string | undefined =>
  value === undefined || value === unknown ? undefined : String(value);

const matching =
  (field: string, pattern: RegExp, says: (value: string) => string): Refusal =>
  ({ [field]: given }) => {
    const value = textOf(given);
    return value === undefined || pattern.test(value) ? undefined : says(value);
  };

/** https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html: up, and by one minor version. */
const oneMinorUp: Refusal = ({ version }, old) => {
  const [to, from] = [version, old?.["version"]].map((each) => Number(textOf(each)?.split(".")[1]));
  return to !== undefined && from !== undefined && (to < from || to > from + 1)
    ? `InvalidParameterException: Unsupported Kubernetes minor version update from ${String(old?.["version"])} to ${String(version)}`
    : undefined;
};

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupScalingConfig.html */
const enoughNodes: Refusal = ({ scalingConfig }) => {
  const { minSize, desiredSize, maxSize } = scalingConfig as Properties;
  if (Number(minSize) > Number(desiredSize))
    return `InvalidParameterException: Minimum capacity ${String(minSize)} can't be greater than desired size ${String(desiredSize)}`;
  return Number(desiredSize) > Number(maxSize)
    ? `InvalidParameterException: desired capacity ${String(desiredSize)} can't be greater than max size ${String(maxSize)}`
    : undefined;
};

/** In the words of elasticache/replication_group.go. */
const failover: Refusal = ({ automaticFailoverEnabled, multiAzEnabled, numCacheClusters }) => {
  if (multiAzEnabled === true && automaticFailoverEnabled !== true)
    return "automatic_failover_enabled must be true if multi_az_enabled is true";
  return automaticFailoverEnabled === true && Number(numCacheClusters) < 2
    ? `"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true`
    : undefined;
};

const json =
  (field: string): Refusal =>
  ({ [field]: given }) => {
    try {
      JSON.parse(textOf(given) ?? "{}");
      return undefined;
    } catch (error) {
      return `MalformedPolicyDocument: ${(error as Error).message}`;
    }
  };

export const awsRefusals: Readonly<Record<string, Refusal>> = {
  "aws:ec2/subnet:Subnet": matching(
    "availabilityZoneId",
    /^[a-z]{3,5}\d-az\d$/,
    (value) => `InvalidParameterValue: Value (${value}) for parameter availabilityZoneId is invalid.`,
  ),
  "aws:eks/cluster:Cluster": oneMinorUp,
  "aws:eks/nodeGroup:NodeGroup": enoughNodes,
  "aws:elasticache/replicationGroup:ReplicationGroup": failover,
  "aws:iam/role:Role": json("assumeRolePolicy"),
  "aws:iam/rolePolicy:RolePolicy": json("policy"),
  // Found by others: https://github.com/aws-cloudformation/cfn-lint/pull/4425.
  "aws:rds/instance:Instance": matching(
    "username",
    /^(?!(admin|rdsadmin)$)[A-Za-z]\w{0,62}$/,
    (value) =>
      `InvalidParameterValue: MasterUsername ${value} cannot be used as it is a reserved word used by the engine`,
  ),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  "aws:s3/bucket:Bucket": matching(
    "bucket",
    /^(?!xn--|sthree-|amzn-s3-demo-)[a-z\d][a-z\d.-]{1,61}[a-z\d]$/,
    () => "InvalidBucketName: The specified bucket is not valid.",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": json("policy"),
};
