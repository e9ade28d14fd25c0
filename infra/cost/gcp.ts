/** Google Cloud, where machines are named by what they are, and each region has prices of its own. */
import type { RecordedResource, Recording, Value } from "../plan/record.ts";
import { isMapping } from "../policy/values.ts";
import { gcp } from "../prices/gcp.ts";
import { type Charge, free, numberOf, type Rule, type Rules } from "./rule.ts";
import { picturesGb } from "./usage.ts";

type Fields = Readonly<Record<string, Value>>;

/** What stands under a name that has fields of its own; nothing where it is not there, or only the provider knows it. */
const fieldsOf = (value: Value | undefined): Fields => (isMapping(value) ? value : {});

/** Prices where the stack is: a stack has one provider of Google Cloud, and that one region. */
function pricesAt({ resources }: Recording): ReturnType<typeof gcp.in> {
  const region = resources.find(({ type }) => type === "pulumi:providers:gcp")?.inputs["region"];
  return typeof region === "string" ? gcp.in(region) : undefined;
}

const poolType = "gcp:container/nodePool:NodePool";
/** How many nodes a pool has: it is counted as if it had never grown. */
const limitsOf = ({ inputs }: RecordedResource) => {
  const { totalMinNodeCount: min, totalMaxNodeCount: max } = fieldsOf(inputs["autoscaling"]);
  return typeof min === "number" && typeof max === "number" ? { min, max } : undefined;
};

const cluster: Rule = ({ inputs }) => [
  { item: "control plane", price: gcp.cluster, quantity: 1 },
  ...(inputs["enableAutopilot"] === true ? [{ item: "pods on Autopilot", unknown: true } as const] : []),
];

const pool: Rule = (resource, recording) => {
  const { machineType, diskSizeGb } = fieldsOf(resource.inputs["nodeConfig"]);
  const limits = limitsOf(resource);
  const prices = pricesAt(recording);
  const machine = typeof machineType === "string" ? prices?.machine(machineType) : undefined;
  const item = `nodes ${String(machineType)}`;
  if (!limits || !prices || !machine || typeof diskSizeGb !== "number") return { item, unknown: true };
  const { min, max } = limits;
  const assuming = min === max ? {} : { assuming: `${min} of ${min} to ${max} of them` };
  return [
    { item: `${min} ${item}`, price: machine, quantity: min, ...assuming },
    {
      item: `disks of ${diskSizeGb} GB for ${item}`,
      price: prices.disk,
      quantity: min * diskSizeGb,
      ...assuming,
    },
  ];
};

const nat: Rule = (_, { resources }) => {
  const nodes = resources
    .filter(({ type }) => type === poolType)
    .reduce((sum, each) => sum + (limitsOf(each)?.min ?? 0), 0);
  return [
    { item: "way out", price: gcp.natNode, quantity: nodes, assuming: `${nodes} nodes` },
    { item: "its address", price: gcp.natAddress, quantity: 1 },
  ];
};

const database: Rule = ({ inputs }, recording) => {
  const { tier, availabilityType, diskSize } = fieldsOf(inputs["settings"]);
  const prices = pricesAt(recording);
  const [, processors, memory] = /^db-custom-(\d+)-(\d+)$/.exec(String(tier)) ?? [];
  const isRegional = availabilityType === "REGIONAL";
  const item = `PostgreSQL ${String(tier)}${isRegional ? ", twice" : ""}`;
  // Other ratios of memory are not on the list.
  if (!prices || typeof diskSize !== "number" || Number(memory) !== Number(processors) * 3_840)
    return { item, unknown: true };
  return [
    { item, price: prices.sql(isRegional), quantity: Number(processors) },
    { item: `disk of ${diskSize} GB`, price: prices.sqlDisk(isRegional), quantity: diskSize },
  ];
};

/** Larger ones are cheaper by the gigabyte. */
const largestRedis = 4;

const cache: Rule = (resource, recording) => {
  const gb = numberOf(resource, "memorySizeGb", 1);
  const hasReplica = resource.inputs["tier"] === "STANDARD_HA";
  const item = `Redis of ${gb ?? "?"} GB${hasReplica ? ", with a replica" : ""}`;
  const prices = pricesAt(recording);
  return prices && gb !== undefined && gb <= largestRedis
    ? { item, price: prices.redis(hasReplica), quantity: gb }
    : { item, unknown: true };
};

const bucket: Rule = (_, recording): Charge => {
  const prices = pricesAt(recording);
  return prices
    ? { item: "bucket", price: prices.bucket, quantity: picturesGb, assuming: `${picturesGb} GB in it` }
    : { item: "bucket", unknown: true };
};

/** In use it costs nothing itself. */
const address: Rule = () => ({
  item: "load balancer at the address",
  price: gcp.loadBalancer,
  quantity: 1,
});

export const gcpRules: Rules = {
  "gcp:certificatemanager/certificate:Certificate": free("certificate"),
  "gcp:certificatemanager/certificateMap:CertificateMap": free("certificate map"),
  "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": free("certificate map"),
  "gcp:compute/address:Address": address,
  "gcp:compute/globalAddress:GlobalAddress": (resource, recording) =>
    resource.inputs["purpose"] === "VPC_PEERING"
      ? { item: "range of addresses", free: true }
      : address(resource, recording),
  "gcp:compute/network:Network": free("network"),
  "gcp:compute/router:Router": free("router"),
  "gcp:compute/routerNat:RouterNat": nat,
  "gcp:compute/sSLPolicy:SSLPolicy": free("TLS policy"),
  "gcp:compute/subnetwork:Subnetwork": free("subnetwork"),
  "gcp:container/cluster:Cluster": cluster,
  [poolType]: pool,
  "gcp:projects/iAMMember:IAMMember": free("role"),
  "gcp:redis/instance:Instance": cache,
  "gcp:serviceaccount/account:Account": free("service account"),
  "gcp:servicenetworking/connection:Connection": free("connection to Google's databases"),
  "gcp:sql/database:Database": free("database"),
  "gcp:sql/databaseInstance:DatabaseInstance": database,
  "gcp:sql/user:User": free("database's account"),
  "gcp:storage/bucket:Bucket": bucket,
  "gcp:storage/bucketIAMMember:BucketIAMMember": free("role"),
  "gcp:storage/hmacKey:HmacKey": free("key"),
};
