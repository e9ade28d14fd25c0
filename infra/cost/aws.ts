import type { RecordedResource, Recording } from "../plan/record.ts";
import { aws } from "../prices/aws.ts";
import type { Price } from "../prices/price.ts";
import { free, listed, numberOf, type Rule, type Rules } from "./rule.ts";
import { picturesGb } from "./usage.ts";

/** A guess, in GB a month: of the control plane's logs most say who asked its API for what. */
const logsGb = 5;

const numberAt = (value: unknown, key: string): number | undefined => {
  const found = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  return typeof found === "number" ? found : undefined;
};

/** Nodes are billed as machines; which ones is said by their group's template. */
const nodes: Rule = ({ inputs, dataFlow }, { resources }) => {
  const template = resources.find(
    ({ type, key }) =>
      type === "aws:ec2/launchTemplate:LaunchTemplate" && dataFlow["launchTemplate"]?.includes(key),
  );
  const [min, max] = ["minSize", "maxSize"].map((bound) => numberAt(inputs["scalingConfig"], bound));
  if (template === undefined || min === undefined || max === undefined)
    return { item: "nodes", unknown: true };
  const machine = listed("node", aws.machines, template, "instanceType");
  const range = min === max ? {} : { assuming: `${min} of them, the least of up to ${max}` };
  const [disk] = (template.inputs["blockDeviceMappings"] ?? []) as readonly { readonly ebs?: object }[];
  const gb = numberAt(disk?.ebs, "volumeSize");
  return [
    "price" in machine ? { ...machine, item: `${min} ${machine.item}`, quantity: min, ...range } : machine,
    gb === undefined
      ? { item: "disks", unknown: true }
      : { item: `disks of ${gb} GB`, price: aws.disk, quantity: gb * min, ...range },
  ];
};

/** The load balancer is made by the cluster, for the Service through which people come. */
const cluster: Rule = () => [
  { item: "control plane", price: aws.controlPlane, quantity: 1 },
  { item: "load balancer", price: aws.loadBalancer, quantity: 1 },
];

const database: Rule = (resource) => {
  const copies = resource.inputs["multiAz"] === true ? 2 : 1;
  const machine = listed("PostgreSQL", aws.databases, resource, "instanceClass");
  const gb = numberOf(resource, "allocatedStorage", 20);
  return [
    "price" in machine ? { ...machine, quantity: copies } : machine,
    gb === undefined
      ? { item: "disk", unknown: true }
      : { item: `disk of ${gb} GB`, price: aws.databaseDisk, quantity: gb * copies },
  ];
};

const cache: Rule = (resource) => {
  const node = listed("Valkey", aws.caches, resource, "nodeType");
  const copies = numberOf(resource, "numCacheClusters", 1);
  return "price" in node && copies !== undefined
    ? { ...node, quantity: copies }
    : { item: node.item, unknown: true };
};

const one =
  (item: string, price: Price): Rule =>
  () => ({ item, price, quantity: 1 });

const billed: Rules = {
  "aws:cloudwatch/logGroup:LogGroup": () => ({
    item: "control plane's logs",
    price: aws.logs,
    quantity: logsGb,
    assuming: `${logsGb} GB of them`,
  }),
  "aws:ec2/eip:Eip": one("public address", aws.address),
  "aws:ec2/natGateway:NatGateway": one("NAT gateway", aws.natGateway),
  "aws:eks/cluster:Cluster": cluster,
  "aws:eks/nodeGroup:NodeGroup": nodes,
  "aws:elasticache/replicationGroup:ReplicationGroup": cache,
  "aws:kms/key:Key": one("key", aws.key),
  "aws:rds/instance:Instance": database,
  "aws:s3/bucket:Bucket": () => ({
    item: "bucket",
    price: aws.bucket,
    quantity: picturesGb,
    assuming: `${picturesGb} GB in it`,
  }),
};

/** By how it is called in a plan. */
const unbilled: Readonly<Record<string, string>> = {
  "aws:ec2/internetGateway:InternetGateway": "internet gateway",
  "aws:ec2/launchTemplate:LaunchTemplate": "launch template",
  "aws:ec2/routeTable:RouteTable": "route table",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "subnet's route table",
  "aws:ec2/securityGroup:SecurityGroup": "security group",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/vpc:Vpc": "network",
  // A gateway endpoint, which others are not.
  "aws:ec2/vpcEndpoint:VpcEndpoint": "way to S3",
  "aws:eks/addon:Addon": "add-on",
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": "pods' identity",
  "aws:elasticache/parameterGroup:ParameterGroup": "Valkey's settings",
  "aws:elasticache/subnetGroup:SubnetGroup": "Valkey's subnets",
  "aws:iam/role:Role": "role",
  "aws:iam/rolePolicy:RolePolicy": "role's rights",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role's rights",
  "aws:rds/parameterGroup:ParameterGroup": "PostgreSQL's settings",
  "aws:rds/subnetGroup:SubnetGroup": "PostgreSQL's subnets",
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": "bucket's CORS",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "bucket's lifecycle",
  "aws:s3/bucketPolicy:BucketPolicy": "bucket's policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket's privacy",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "bucket's encryption",
  "aws:s3/bucketVersioning:BucketVersioning": "bucket's versions",
};

const regionOf = ({ provider }: RecordedResource, { resources }: Recording): unknown =>
  resources.find(({ type, name }) => `${type}::${name}` === provider)?.inputs["region"];

/** In another region a price is only near to what AWS asks for there, which its line says. */
const inRegion =
  (rule: Rule): Rule =>
  (resource, recording) => {
    const charges = [rule(resource, recording)].flat();
    if (regionOf(resource, recording) === aws.region) return charges;
    return charges.map((charge) =>
      "price" in charge
        ? {
            ...charge,
            item: `${charge.item}, at the price of ${aws.region}`,
            price: { ...charge.price, confirmed: false },
          }
        : charge,
    );
  };

export const awsRules: Rules = {
  ...Object.fromEntries(Object.entries(billed).map(([type, rule]) => [type, inRegion(rule)])),
  ...Object.fromEntries(Object.entries(unbilled).map(([type, item]) => [type, free(item)])),
};
