import { ParameterGroup } from "@pulumi/aws/elasticache/parameterGroup.js";
import { ReplicationGroup } from "@pulumi/aws/elasticache/replicationGroup.js";
import { SubnetGroup } from "@pulumi/aws/elasticache/subnetGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import { kept } from "../aws/lifetime.ts";
import { awsNetwork } from "../aws/network.ts";
import { awsProvider } from "../aws/provider.ts";

const port = 6379;

/**
 * Valkey 8, which speaks Redis, at Amazon ElastiCache: in the private subnets, for nodes alone, encrypted on its way, by TLS
 * with a public certificate, and at rest. It takes 0.5 GB and refuses writes when it is full. A copy is made each day and
 * kept for 3; a deleted one leaves a last copy.
 *
 * With `highAvailability` a second node in another zone takes over. That, the size and the password are changed in place,
 * the old password being good beside the new one; another label replaces it, which the protection refuses.
 */
export class ElastiCacheCache extends pulumi.ComponentResource implements KubernetesCache {
  readonly variables: KubernetesCache["variables"];
  readonly destinations: KubernetesCache["destinations"];
  readonly ready: KubernetesCache["ready"];

  constructor(name: string, args: KubernetesCacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:ElastiCache", name, {}, options);
    const { label, ephemeral, highAvailability, password } = args;
    const network = awsNetwork(args);
    const child = { parent: this, provider: awsProvider(args), ...kept(args) };
    const group = network.groupForNodes(name, { name: `${label}-valkey`, port }, child);
    const subnets = new SubnetGroup(name, { name: label, subnetIds: network.privateSubnetIds }, child);
    const parameters = new ParameterGroup(
      name,
      {
        name: `${label}-valkey8`,
        family: "valkey8",
        parameters: [{ name: "maxmemory-policy", value: "noeviction" }],
      },
      child,
    );
    const valkey = new ReplicationGroup(
      name,
      {
        replicationGroupId: label,
        description: `Queue of ${label}`,
        engine: "valkey",
        engineVersion: "8.0",
        nodeType: "cache.t4g.micro",
        port,
        numCacheClusters: highAvailability ? 2 : 1,
        automaticFailoverEnabled: highAvailability,
        multiAzEnabled: highAvailability,
        subnetGroupName: subnets.name,
        securityGroupIds: [group.id],
        parameterGroupName: parameters.name,
        transitEncryptionEnabled: true,
        atRestEncryptionEnabled: true,
        authToken: pulumi.secret(password),
        authTokenUpdateStrategy: "ROTATE",
        applyImmediately: true,
        snapshotRetentionLimit: ephemeral ? 0 : 3,
        ...(!ephemeral && { finalSnapshotIdentifier: `${label}-final` }),
      },
      child,
    );
    const secret = pulumi.output(password).apply(encodeURIComponent);
    this.variables = {
      REDIS_URL: pulumi.secret(
        pulumi.interpolate`rediss://:${secret}@${valkey.primaryEndpointAddress}:${port}`,
      ),
      REDIS_CLUSTER: "",
    };
    this.destinations = [{ to: { ranges: network.privateRanges }, port }];
    this.ready = [valkey];
    this.registerOutputs();
  }
}
