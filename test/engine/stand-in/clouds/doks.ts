/** What the published types do not say about Kubernetes at DigitalOcean. */
import type { Properties } from "../../../../components/provider/contract.ts";
import { unknown } from "../../../../components/provider/wire.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Refusal } from "../refusals.ts";
import { publicIp, uuid } from "../seed.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);

/**
 * `replaces` is `ForceNew` at the top of the schemas in digitalocean/kubernetes/ of
 * digitalocean/terraform-provider-digitalocean 046b42c and 3dd5165.
 */
export const doksBehaviours: Readonly<Record<string, Behaviour>> = {
  "digitalocean:index/kubernetesCluster:KubernetesCluster": {
    id: uuid,
    outputs: (_, seed) => ({
      endpoint: `https://${uuid(seed)}.k8s.ondigitalocean.com`,
      ipv4Address: publicIp(seed),
      kubeConfigs: [
        {
          clusterCaCertificate: Buffer.from(`certificate ${seed}`).toString("base64"),
          host: `https://${uuid(seed)}.k8s.ondigitalocean.com`,
          token: `dop_v1_${seed}`,
          rawConfig: `token: dop_v1_${seed}`,
          clientCertificate: "",
          clientKey: "",
          expiresAt: "2026-12-03T12:00:00Z",
        },
      ],
      status: "running",
    }),
    replaces: words("region vpcUuid clusterSubnet serviceSubnet isolatedWorkers"),
  },
  "digitalocean:index/kubernetesNodePool:KubernetesNodePool": {
    id: uuid,
    replaces: words("clusterId size gpuPartitionMode"),
  },
};

/** https://docs.digitalocean.com/platform/regional-availability/, those with DOKS. */
const regions = words("ams3 atl1 blr1 fra1 lon1 nyc1 nyc2 nyc3 sfo2 sfo3 sgp1 syd1 tor1");

/** `1.34.1-do.0` as a number. */
const order = (version: unknown): number =>
  (/^1\.(\d+)\.(\d+)-do\.(\d+)$/.exec(String(version)) ?? [])
    .slice(1)
    .reduce((sum, part) => sum * 1_000 + Number(part), 0);

const sizeOf = (pool: unknown) => (pool as { size?: string } | undefined)?.size;

const cluster: Refusal = ({ region, version, ha, nodePool }, old) => {
  if (region !== unknown && !regions.includes(String(region)))
    return `422 region ${String(region)} is not available`;
  if (version !== unknown && order(version) === 0)
    return `422 validation error: invalid version slug ${String(version)}`;
  if (old === undefined) return undefined;
  // The provider would make a new cluster of either.
  if (order(version) < order(old["version"]))
    return `a lower version replaces the cluster: ${String(version)}`;
  if (sizeOf(nodePool) !== sizeOf(old["nodePool"]))
    return "another size of the default pool replaces the cluster";
  return old["ha"] === true && ha === false
    ? "422 high availability cannot be disabled once it is enabled"
    : undefined;
};

export const doksRefusals: Readonly<Record<string, Refusal>> = {
  "digitalocean:index/kubernetesCluster:KubernetesCluster": cluster,
};

const versions = words("1.36.0-do.1 1.35.2-do.0 1.34.4-do.0 1.33.6-do.2");

export const doksFunctions: Readonly<Record<string, (args: Properties) => Properties>> = {
  "digitalocean:index/getKubernetesVersions:getKubernetesVersions": ({ versionPrefix = "" }) => {
    const validVersions = versions.filter((each) => each.startsWith(String(versionPrefix)));
    const [latestVersion] = validVersions;
    if (latestVersion === undefined) throw new Error(`no version begins with ${String(versionPrefix)}`);
    return { id: "versions", latestVersion, validVersions };
  },
};
