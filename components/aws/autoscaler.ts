import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AwsRole } from "./role.ts";

/** kubernetes/autoscaler 55c37cd, of 2026-08-22, cluster-autoscaler/charts; it runs cluster-autoscaler 1.35. */
const chart = {
  repositoryOpts: { repo: "https://kubernetes.github.io/autoscaler" },
  chart: "cluster-autoscaler",
  version: "9.59.0",
};

const namespace = "kube-system";
const serviceAccount = "cluster-autoscaler";

/**
 * Adds a node where a pod finds no room, and takes away one that has stayed empty for ten minutes. AWS's managed node groups do neither by
 * themselves; EKS marks their groups of machines with the tags by which this finds them
 * (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html).
 *
 * Its rights are those that it asks for itself (cluster-autoscaler/cloudprovider/aws/README.md, ibid.), to change
 * only groups of this cluster.
 */
export class ClusterAutoscaler extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: {
      readonly label: string;
      readonly region: string;
      readonly clusterName: pulumi.Output<string>;
      readonly nodeSelector: Readonly<Record<string, string>>;
    },
    options: pulumi.ComponentResourceOptions,
  ) {
    super("testfarm:aws:ClusterAutoscaler", name, {}, options);
    const child = { parent: this };
    const role = new AwsRole(
      name,
      {
        name: `${args.label}-autoscaler`,
        takenBy: "pods",
        allow: [
          {
            Action: [
              "autoscaling:DescribeAutoScalingGroups",
              "autoscaling:DescribeAutoScalingInstances",
              "autoscaling:DescribeLaunchConfigurations",
              "autoscaling:DescribeScalingActivities",
              "ec2:DescribeImages",
              "ec2:DescribeInstanceTypes",
              "ec2:DescribeLaunchTemplateVersions",
              "ec2:GetInstanceTypesFromInstanceRequirements",
              "eks:DescribeNodegroup",
            ],
            Resource: "*",
          },
          {
            Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            Resource: "*",
            Condition: {
              StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${args.label}`]: "owned" },
            },
          },
        ],
      },
      child,
    );
    const identity = new PodIdentityAssociation(
      name,
      { clusterName: args.clusterName, namespace, serviceAccount, roleArn: role.arn },
      child,
    );
    new kubernetes.helm.v3.Release(
      name,
      {
        ...chart,
        name: serviceAccount,
        namespace,
        atomic: true,
        values: {
          awsRegion: args.region,
          autoDiscovery: { clusterName: args.clusterName },
          rbac: { serviceAccount: { name: serviceAccount } },
          // Only a node on which nothing runs but what runs on every node: nobody's session is moved to save one.
          extraArgs: {
            "ignore-daemonsets-utilization": "true",
            "scale-down-utilization-threshold": "0.01",
          },
          nodeSelector: args.nodeSelector,
          resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containerSecurityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      },
      // A pod gets its identity when it is made.
      { ...child, dependsOn: [identity, role] },
    );
    this.registerOutputs();
  }
}
