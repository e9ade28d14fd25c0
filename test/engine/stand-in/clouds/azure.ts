/** What the published types do not say about Azure. */
import type { Properties } from "../../../../components/provider/contract.ts";
import { unknown } from "../../../../components/provider/wire.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Refusal } from "../refusals.ts";
import { publicIp, uuid } from "../seed.ts";
import type { Seed } from "../world.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);

const subscription = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590";

/** An id is a path there, whatever the resource is in. */
const path =
  (kind: string) =>
  (seed: Seed): string =>
    `${subscription}/resourceGroups/stand-in/providers/${kind}/${seed.slice(0, 12)}`;

/** `name` is what the input says that names it. */
const named =
  (input: string, more?: (inputs: Properties, seed: Seed) => Properties) =>
  (inputs: Properties, seed: Seed): Properties => ({ name: inputs[input], ...more?.(inputs, seed) });

/**
 * `replaces` is what stands in the path of the resource's address, `location`, and `forceNewMap` in
 * provider/pkg/gen/replacement.go of pulumi/pulumi-azure-native 1b7112a, as far as it is at the top. Further down the same holds
 * for parts of a cluster's `networkProfile`. What else Azure's specifications call create-only is left out.
 */
export const azureBehaviours: Readonly<Record<string, Behaviour>> = {
  "azure-native:authorization:ManagementLockByScope": {
    id: path("Microsoft.Authorization/locks"),
    replaces: ["lockName", "scope"],
  },
  "azure-native:authorization:RoleAssignment": {
    id: path("Microsoft.Authorization/roleAssignments"),
    replaces: words("roleAssignmentName principalId scope"),
  },
  "azure-native:containerservice:AgentPool": {
    id: path("Microsoft.ContainerService/managedClusters/stand-in/agentPools"),
    outputs: named("agentPoolName"),
    replaces: words("resourceGroupName resourceName agentPoolName gpuInstanceProfile vmSize"),
  },
  "azure-native:containerservice:MaintenanceConfiguration": {
    id: path("Microsoft.ContainerService/managedClusters/stand-in/maintenanceConfigurations"),
    outputs: named("configName"),
    replaces: words("resourceGroupName resourceName configName"),
  },
  "azure-native:containerservice:ManagedCluster": {
    id: path("Microsoft.ContainerService/managedClusters"),
    outputs: named("resourceName", ({ dnsPrefix, location }, seed) => ({
      fqdn: `${String(dnsPrefix)}-${seed.slice(0, 8)}.hcp.${String(location)}.azmk8s.io`,
    })),
    replaces: words(`
      resourceGroupName resourceName location diskEncryptionSetID dnsPrefix fqdnSubdomain linuxProfile nodeResourceGroup
      windowsProfile
    `),
  },
  "azure-native:dbforpostgresql:Configuration": {
    id: path("Microsoft.DBforPostgreSQL/flexibleServers/stand-in/configurations"),
    outputs: named("configurationName"),
    replaces: words("resourceGroupName serverName configurationName"),
  },
  "azure-native:dbforpostgresql:Database": {
    id: path("Microsoft.DBforPostgreSQL/flexibleServers/stand-in/databases"),
    outputs: named("databaseName"),
    replaces: words("resourceGroupName serverName databaseName"),
  },
  "azure-native:dbforpostgresql:Server": {
    id: path("Microsoft.DBforPostgreSQL/flexibleServers"),
    outputs: named("serverName", ({ serverName }) => ({
      fullyQualifiedDomainName: `${String(serverName)}.postgres.database.azure.com`,
    })),
    replaces: words("resourceGroupName serverName location"),
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    id: path("Microsoft.ManagedIdentity/userAssignedIdentities"),
    outputs: named("resourceName", (_, seed) => ({ principalId: uuid(seed), clientId: uuid(seed) })),
    replaces: words("resourceGroupName resourceName location"),
  },
  "azure-native:monitor:DiagnosticSetting": {
    id: path("Microsoft.Insights/diagnosticSettings"),
    replaces: ["name", "resourceUri"],
  },
  "azure-native:network:PrivateDnsZoneGroup": {
    id: path("Microsoft.Network/privateEndpoints/stand-in/privateDnsZoneGroups"),
    replaces: words("resourceGroupName privateEndpointName privateDnsZoneGroupName"),
  },
  "azure-native:network:PrivateEndpoint": {
    id: path("Microsoft.Network/privateEndpoints"),
    outputs: named("privateEndpointName"),
    replaces: words("resourceGroupName privateEndpointName subnet"),
  },
  "azure-native:network:PublicIPAddress": {
    id: path("Microsoft.Network/publicIPAddresses"),
    outputs: named("publicIpAddressName", (_, seed) => ({ ipAddress: publicIp(seed) })),
    replaces: words(
      "resourceGroupName publicIpAddressName location publicIPAddressVersion publicIPPrefix sku",
    ),
  },
  "azure-native:network:Subnet": {
    id: path("Microsoft.Network/virtualNetworks/stand-in/subnets"),
    replaces: words("resourceGroupName virtualNetworkName subnetName"),
  },
  "azure-native:network:VirtualNetwork": {
    id: path("Microsoft.Network/virtualNetworks"),
    outputs: named("virtualNetworkName"),
    replaces: words("resourceGroupName virtualNetworkName location"),
  },
  "azure-native:operationalinsights:Workspace": {
    id: path("Microsoft.OperationalInsights/workspaces"),
    outputs: named("workspaceName"),
    replaces: words("resourceGroupName workspaceName location"),
  },
  "azure-native:privatedns:PrivateZone": {
    id: path("Microsoft.Network/privateDnsZones"),
    outputs: named("privateZoneName"),
    replaces: words("resourceGroupName privateZoneName location"),
  },
  "azure-native:privatedns:VirtualNetworkLink": {
    id: path("Microsoft.Network/privateDnsZones/stand-in/virtualNetworkLinks"),
    outputs: named("virtualNetworkLinkName"),
    replaces: words("resourceGroupName privateZoneName virtualNetworkLinkName location"),
  },
  "azure-native:redisenterprise:Database": {
    id: path("Microsoft.Cache/redisEnterprise/stand-in/databases"),
    outputs: named("databaseName"),
    replaces: words("resourceGroupName clusterName databaseName port"),
  },
  "azure-native:redisenterprise:RedisEnterprise": {
    id: path("Microsoft.Cache/redisEnterprise"),
    outputs: named("clusterName", ({ clusterName, location }) => ({
      hostName: `${String(clusterName)}.${String(location)}.redis.azure.net`,
    })),
    replaces: words("resourceGroupName clusterName location"),
  },
  "azure-native:resources:ResourceGroup": {
    id: (seed) => `${subscription}/resourceGroups/${seed.slice(0, 12)}`,
    outputs: named("resourceGroupName"),
    replaces: ["resourceGroupName", "location"],
  },
};

/** Those with three zones: https://learn.microsoft.com/en-us/azure/reliability/regions-list. */
const locations = words(`
  australiaeast austriaeast belgiumcentral brazilsouth canadacentral centralindia centralus chilecentral eastasia eastus eastus2
  francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest koreacentral malaysiawest
  mexicocentral newzealandnorth northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus southeastasia
  spaincentral swedencentral switzerlandnorth uaenorth uksouth westeurope westus2 westus3
`);

const first =
  (...refusals: readonly Refusal[]): Refusal =>
  (inputs, old) =>
    refusals.map((refusal) => refusal(inputs, old)).find((reason) => reason !== undefined);

const located: Refusal = ({ location }) =>
  location === undefined || location === unknown || locations.includes(String(location))
    ? undefined
    : `Code="LocationNotAvailableForResourceType" Message="The provided location '${String(location)}' is not available for resource type"`;

const called =
  (field: string, pattern: RegExp): Refusal =>
  ({ [field]: value }) =>
    value === undefined || value === unknown || pattern.test(String(value))
      ? undefined
      : `Code="InvalidParameter" Message="The value of parameter ${field} is invalid: ${String(value)}"`;

type Fields = Readonly<Record<string, unknown>>;
const minor = (version: unknown): number => Number(/^1\.(\d+)/.exec(String(version))?.[1]);

/** By pool. */
const sizes = (from?: Properties) =>
  Object.fromEntries(
    ((from?.["agentPoolProfiles"] ?? []) as unknown as Fields[]).map(({ name, vmSize }) => [name, vmSize]),
  ) as Fields;

/** https://learn.microsoft.com/en-us/azure/aks/upgrade-aks-cluster, and of sizes AKS's own words. */
const clusterChange: Refusal = (inputs, old) => {
  const [now, before] = [minor(inputs["kubernetesVersion"]), minor(old?.["kubernetesVersion"])];
  if (now < before) return `Code="NotAllowed" Message="Downgrading is not allowed"`;
  if (now > before + 1)
    return `Code="NotAllowed" Message="Upgrading Kubernetes version by more than one minor version is not allowed"`;
  const [sizeNow, sizeBefore] = [sizes(inputs), sizes(old)];
  const changed = Object.keys(sizeBefore).find(
    (name) => name in sizeNow && sizeNow[name] !== sizeBefore[name],
  );
  return (
    changed &&
    `Code="PropertyChangeNotAllowed" Message="Changing property 'properties.vmSize' is not allowed." Target="${changed}"`
  );
};

/** https://learn.microsoft.com/en-us/azure/postgresql/troubleshoot/how-to-troubleshoot-common-errors */
const reserved = words("azure_superuser azure_pg_admin admin administrator root guest public");

const sizeOf = (storage: unknown) => Number((storage as Fields | undefined)?.["storageSizeGB"]);

const server: Refusal = ({ administratorLogin, sku, highAvailability, storage }, old) => {
  const login = String(administratorLogin);
  if (reserved.includes(login) || login.startsWith("pg_"))
    return `Code="BlockedUserName" Message="The admin user name can't be ${login}"`;
  if (old !== undefined && old["administratorLogin"] !== administratorLogin)
    return `Code="ParameterValueNotAllowed" Message="The administrator login cannot be changed"`;
  const mode = (highAvailability as unknown as Fields | undefined)?.["mode"] ?? "Disabled";
  if ((sku as unknown as Fields)["tier"] === "Burstable" && mode !== "Disabled")
    return `Code="HANotSupportedForBurstableSkuWithMoreInfo" Message="High availability is not supported for Burstable SKU"`;
  return sizeOf(storage) < sizeOf(old?.["storage"])
    ? `Code="ShrinkingStorageNotSupported" Message="Storage cannot be made smaller"`
    : undefined;
};

/** "HighAvailability cannot be disabled": https://learn.microsoft.com/en-us/azure/redis/high-availability */
const redis: Refusal = ({ highAvailability }, old) =>
  old?.["highAvailability"] === "Enabled" && highAvailability === "Disabled"
    ? `Code="BadRequest" Message="High availability cannot be disabled once it is enabled"`
    : undefined;

export const azureRefusals: Readonly<Record<string, Refusal>> = {
  "azure-native:containerservice:AgentPool": called("agentPoolName", /^[a-z][a-z0-9]{0,11}$/),
  "azure-native:containerservice:ManagedCluster": first(
    located,
    called("resourceName", /^[a-zA-Z0-9](?:[\w-]{0,61}[a-zA-Z0-9])?$/),
    called("dnsPrefix", /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?$/),
    clusterChange,
  ),
  "azure-native:dbforpostgresql:Server": first(
    located,
    called("serverName", /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
    server,
  ),
  "azure-native:network:VirtualNetwork": located,
  "azure-native:redisenterprise:RedisEnterprise": first(
    located,
    called("clusterName", /^(?=.{1,60}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/),
    redis,
  ),
  "azure-native:resources:ResourceGroup": located,
};

/** As `az aks get-credentials` has it for a cluster without local accounts. */
const kubeconfig = (name: string) => `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    certificate-authority-data: ${Buffer.from(`certificate of ${name}`).toString("base64")}
    server: https://${name}.hcp.stand-in.azmk8s.io:443
`;

export const azureFunctions: Readonly<Record<string, (args: Properties) => Properties>> = {
  "azure-native:containerservice:listManagedClusterUserCredentials": ({ resourceName }) => ({
    kubeconfigs: [
      {
        name: "clusterUser",
        value: Buffer.from(kubeconfig(String(resourceName))).toString("base64"),
      },
    ],
  }),
  "azure-native:redisenterprise:listDatabaseKeys": ({ clusterName }) => ({
    primaryKey: Buffer.from(`first key of ${String(clusterName)}`).toString("base64"),
    secondaryKey: Buffer.from(`second key of ${String(clusterName)}`).toString("base64"),
  }),
};
