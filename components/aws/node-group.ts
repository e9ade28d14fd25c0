import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate.js";
import { NodeGroup } from "@pulumi/aws/eks/nodeGroup.js";
import * as pulumi from "@pulumi/pulumi";

interface AwsNodeGroupArgs {
  /** Beginning of its names at AWS. */
  readonly label: string;
  readonly clusterName: pulumi.Input<string>;
  /** Of the control plane: nodes follow it, one by one. */
  readonly version: pulumi.Input<string>;
  readonly roleArn: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string>[];
  readonly pool: "api" | "browser";
  readonly machine: string;
  readonly min: number;
  readonly max: number;
  /** Whether only pods that tolerate the pool run there. */
  readonly tainted: boolean;
  /** What a node needs to become ready, and its role's rights. */
  readonly after: readonly pulumi.Resource[];
}

/** Label of a node, and key of its taint, that says of which group it is. */
export const poolLabel = "testfarm/pool";

/** GB. Images of application and Chromium, the system, and what pods write. */
const diskGb = 20;

/**
 * Nodes of one kind: Amazon Linux 2023 with an encrypted disk. Another machine, disk or version of Kubernetes is a new
 * version of the launch template, for which EKS replaces the nodes one by one and as disruption budgets allow; nothing
 * else is replaced.
 *
 * Pods do not reach the nodes' metadata service, and with it the nodes' own rights: it answers one hop away only, by
 * IMDSv2 (https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html).
 *
 * How many nodes there are between `min` and `max` is the cluster autoscaler's, unless both are one number: after the
 * first `pulumi up` the program says it no more. A `min` above the nodes that there are is refused by EKS.
 */
export class AwsNodeGroup extends pulumi.ComponentResource {
  constructor(name: string, args: AwsNodeGroupArgs, options: pulumi.ComponentResourceOptions) {
    super("testfarm:aws:NodeGroup", name, {}, options);
    const child = { parent: this };
    const { pool, min, max } = args;
    const template = new LaunchTemplate(
      name,
      {
        name: `${args.label}-${pool}`,
        instanceType: args.machine,
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: { volumeType: "gp3", volumeSize: diskGb, encrypted: "true", deleteOnTermination: "true" },
          },
        ],
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({
          resourceType,
          tags: { Name: `${args.label}-${pool}`, "testfarm:stack": args.label },
        })),
      },
      child,
    );
    new NodeGroup(
      name,
      {
        clusterName: args.clusterName,
        // Not a fixed name: a group that takes another's place is made before that one goes.
        nodeGroupNamePrefix: `${pool}-`,
        version: args.version,
        nodeRoleArn: args.roleArn,
        subnetIds: args.subnetIds,
        amiType: "AL2023_x86_64_STANDARD",
        launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
        scalingConfig: { minSize: min, maxSize: max, desiredSize: min },
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: true },
        labels: { [poolLabel]: pool },
        taints: args.tainted ? [{ key: poolLabel, value: pool, effect: "NO_SCHEDULE" }] : [],
      },
      {
        ...child,
        dependsOn: [...args.after],
        ignoreChanges: min === max ? [] : ["scalingConfig.desiredSize"],
      },
    );
    this.registerOutputs();
  }
}
