/** Azure, whose cluster has its machines, disks and load balancer from there. */
import type { Value } from "../plan/record.ts";
import { azure } from "../prices/azure.ts";
import { type Charge, free, type Rule, type Rules } from "./rule.ts";

/** GB a month of who changed what: a guess. */
const auditGb = 5;

type Fields = Readonly<Record<string, Value>>;

const priceOf = <Prices extends object>(prices: Prices, name: unknown) =>
  Object.hasOwn(prices, String(name)) ? prices[name as keyof Prices] : undefined;

/** Nodes of a pool with their disks: as many as there are at least. */
function nodes({ vmSize, osDiskSizeGB, count, minCount, maxCount }: Fields): Charge[] {
  const quantity = minCount ?? count;
  const [machine, disk] = [priceOf(azure.machines, vmSize), priceOf(azure.disks, osDiskSizeGB)];
  const item = `nodes ${String(vmSize)}`;
  const itsDisks = `disks of ${String(osDiskSizeGB)} GB for ${item}`;
  if (typeof quantity !== "number") return [{ item, unknown: true }];
  const assuming =
    maxCount === undefined ? {} : { assuming: `${quantity} of ${quantity} to ${String(maxCount)} of them` };
  return [
    machine
      ? { item: `${quantity} ${item}`, price: machine, quantity, ...assuming }
      : { item: `${quantity} ${item}`, unknown: true },
    disk ? { item: itsDisks, price: disk, quantity, ...assuming } : { item: itsDisks, unknown: true },
  ];
}

const cluster: Rule = ({ inputs: { sku, agentPoolProfiles } }) => [
  (sku as Fields | undefined)?.["tier"] === "Standard"
    ? { item: "control plane", price: azure.controlPlane, quantity: 1 }
    : { item: "control plane, tier Free", free: true },
  ...(agentPoolProfiles as Fields[]).flatMap(nodes),
  { item: "load balancer", price: azure.loadBalancer, quantity: 1 },
  { item: "address of the way out", price: azure.address, quantity: 1 },
];

const postgres: Rule = ({ inputs }) => {
  const { name } = inputs["sku"] as Fields;
  const { storageSizeGB } = inputs["storage"] as Fields;
  const isTwice = (inputs["highAvailability"] as Fields | undefined)?.["mode"] === "ZoneRedundant";
  const copies = isTwice ? 2 : 1;
  const item = `PostgreSQL ${String(name)}${isTwice ? ", twice" : ""}`;
  const price = priceOf(azure.postgres, name);
  return [
    price ? { item, price, quantity: copies } : { item, unknown: true },
    {
      item: `disk of ${String(storageSizeGB)} GB${isTwice ? ", twice" : ""}`,
      price: azure.postgresDisk,
      quantity: Number(storageSizeGB) * copies,
    },
  ];
};

const redis: Rule = ({ inputs: { sku, highAvailability } }) => {
  const { name } = sku as Fields;
  const price = highAvailability === "Disabled" ? priceOf(azure.redis, name) : undefined;
  const item = `Redis ${String(name)}${highAvailability === "Disabled" ? "" : ", twice"}`;
  return price ? { item, price, quantity: 1 } : { item, unknown: true };
};

export const azureRules: Rules = {
  "azure-native:authorization:ManagementLockByScope": free("lock"),
  "azure-native:authorization:RoleAssignment": free("role"),
  "azure-native:containerservice:AgentPool": ({ inputs }) => nodes(inputs),
  "azure-native:containerservice:MaintenanceConfiguration": free("time of upgrades"),
  "azure-native:containerservice:ManagedCluster": cluster,
  "azure-native:dbforpostgresql:Configuration": free("database's setting"),
  "azure-native:dbforpostgresql:Database": free("database"),
  "azure-native:dbforpostgresql:Server": postgres,
  "azure-native:managedidentity:UserAssignedIdentity": free("identity"),
  "azure-native:monitor:DiagnosticSetting": free("choice of what is logged"),
  "azure-native:network:PrivateDnsZoneGroup": free("private endpoint's name"),
  "azure-native:network:PrivateEndpoint": () => ({
    item: "private endpoint",
    price: azure.privateEndpoint,
    quantity: 1,
  }),
  "azure-native:network:PublicIPAddress": () => ({ item: "address", price: azure.address, quantity: 1 }),
  "azure-native:network:Subnet": free("subnet"),
  "azure-native:network:VirtualNetwork": free("network"),
  "azure-native:operationalinsights:Workspace": () => ({
    item: "audit log",
    price: azure.logs,
    quantity: auditGb,
    assuming: `${auditGb} GB a month`,
  }),
  "azure-native:privatedns:PrivateZone": () => ({
    item: "private zone",
    price: azure.privateZone,
    quantity: 1,
  }),
  "azure-native:privatedns:VirtualNetworkLink": free("private zone's network"),
  "azure-native:redisenterprise:Database": free("Redis's database"),
  "azure-native:redisenterprise:RedisEnterprise": redis,
  "azure-native:resources:ResourceGroup": free("resource group"),
};
