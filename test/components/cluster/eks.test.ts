import { describe, expect, test } from "vitest";
import { cluster } from "../../../components/cluster/index.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { type Recording, recordProgram, resourceOf } from "../../../infra/testing/index.ts";
import { type Answers, answersOf, networkKept } from "../aws/answers.ts";
import { clusterArgs, clusterConformance } from "../kubernetes-place.ts";

const region = "eu-south-2";
const make = (args: ClusterArgs) => cluster.eks("cluster", { ...args, region });

clusterConformance(make, {
  respond: answersOf,
  kept: [
    ...networkKept,
    // Itself, and its key.
    "cluster",
    "cluster",
    "cluster-0",
    "cluster-1",
    "cluster-2",
    // Component, role, and its rights.
    "cluster-control-plane",
    "cluster-control-plane",
    "cluster-control-plane-AmazonEKSClusterPolicy",
  ],
});

const start = (change: Partial<ClusterArgs> = {}, call?: Answers["call"]): Promise<Recording> =>
  recordProgram(
    async () => {
      const { kubeconfig, logs, loadBalancer, pools } = await make(clusterArgs(change));
      return { kubeconfig, logs, loadBalancer, pools };
    },
    { preview: false, respond: answersOf, ...(call && { call }) },
  );

let made: Promise<Recording> | undefined;
/** What is made of a stack that says nothing else. */
const byDefault = (): Promise<Recording> => (made ??= start());

const types = {
  cluster: "aws:eks/cluster:Cluster",
  group: "aws:eks/nodeGroup:NodeGroup",
  template: "aws:ec2/launchTemplate:LaunchTemplate",
  addon: "aws:eks/addon:Addon",
  subnet: "aws:ec2/subnet:Subnet",
  nat: "aws:ec2/natGateway:NatGateway",
  table: "aws:ec2/routeTable:RouteTable",
  identity: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  release: "kubernetes:helm.sh/v3:Release",
};
/** What the cloud's controller reads of a Service. */
const setting = (name: string) => `service.beta.kubernetes.io/aws-load-balancer-${name}`;
const ofType = ({ resources }: Recording, type: string) => resources.filter((each) => each.type === type);

describe("the control plane", () => {
  test("is reached from the operator's ranges and the nodes, keeps secrets encrypted, and logs who does what", async () => {
    const recording = await byDefault();
    const { inputs, dependsOn } = resourceOf(recording, types.cluster);
    expect(inputs).toEqual({
      name: "testfarm-test",
      roleArn: "arn:aws:iam::123456789012:role/testfarm-test-control-plane",
      vpcConfig: {
        subnetIds: ["network-private-0-id", "network-private-1-id", "network-private-2-id"],
        endpointPrivateAccess: true,
        endpointPublicAccess: true,
        publicAccessCidrs: ["198.18.7.7/32"],
      },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      encryptionConfig: { provider: { keyArn: "arn:aws:kms:key" }, resources: ["secrets"] },
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      upgradePolicy: { supportType: "STANDARD" },
      bootstrapSelfManagedAddons: false,
      deletionProtection: true,
    });
    const { inputs: key } = resourceOf(recording, "aws:kms/key:Key");
    expect(key["enableKeyRotation"]).toBe(true);
    const logs = resourceOf(recording, "aws:cloudwatch/logGroup:LogGroup");
    expect(logs.inputs).toEqual({ name: "/aws/eks/testfarm-test/cluster", retentionInDays: 90 });
    const rights = resourceOf(
      recording,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "cluster-control-plane-AmazonEKSClusterPolicy",
    );
    expect(dependsOn).toEqual(expect.arrayContaining([logs.key, rights.key]));
  });

  test("has the version that is asked for, and takes nodes and add-ons along", async () => {
    const asked: unknown[] = [];
    const recording = await start({ version: "1.34" }, ({ inputs }) => {
      asked.push(inputs);
      return { version: `of-${String(inputs["addonName"])}` };
    });
    expect(resourceOf(recording, types.cluster).inputs["version"]).toBe("1.34");
    for (const { inputs } of ofType(recording, types.group)) expect(inputs["version"]).toBe("1.34");
    expect(asked).toContainEqual({ addonName: "coredns", kubernetesVersion: "1.34" });
    expect(
      Object.fromEntries(
        ofType(recording, types.addon).map(({ inputs }) => [inputs["addonName"], inputs["addonVersion"]]),
      ),
    ).toEqual({
      "vpc-cni": "of-vpc-cni",
      "kube-proxy": "of-kube-proxy",
      "eks-pod-identity-agent": "of-eks-pod-identity-agent",
      coredns: "of-coredns",
      "aws-ebs-csi-driver": "of-aws-ebs-csi-driver",
    });
  });

  test("may be deleted where its data may go", async () => {
    const { inputs } = resourceOf(await start({ ephemeral: true }), types.cluster);
    expect(inputs["deletionProtection"]).toBe(false);
  });

  test("tells kubectl to ask AWS for a token", async () => {
    const { outputs } = await byDefault();
    const { clusters, users } = JSON.parse(outputs["kubeconfig"] as string) as {
      clusters: { cluster: object }[];
      users: { user: { exec: object } }[];
    };
    expect(clusters[0]!.cluster).toEqual({
      server: "https://control-plane.test",
      "certificate-authority-data": "Y2VydGlmaWNhdGU=",
    });
    expect(users[0]!.user.exec).toMatchObject({
      command: "aws",
      args: ["eks", "get-token", "--region", region, "--cluster-name", "testfarm-test", "--output", "json"],
    });
    expect(outputs["logs"]).toBe(
      "https://eu-south-2.console.aws.amazon.com/eks/clusters/testfarm-test?region=eu-south-2&selectedTab=cluster-resources-tab",
    );
  });
});

describe("nodes", () => {
  test("are three small ones for everything, and between three and five larger ones for browsers alone", async () => {
    const recording = await byDefault();
    const group = (pool: string) => resourceOf(recording, types.group, `cluster-${pool}`);
    expect(group("api").inputs).toMatchObject({
      scalingConfig: { minSize: 3, maxSize: 3, desiredSize: 3 },
      labels: { "testfarm/pool": "api" },
      taints: [],
    });
    expect(group("browser").inputs).toMatchObject({
      amiType: "AL2023_x86_64_STANDARD",
      nodeGroupNamePrefix: "browser-",
      subnetIds: ["network-private-0-id", "network-private-1-id", "network-private-2-id"],
      scalingConfig: { minSize: 3, maxSize: 5, desiredSize: 3 },
      updateConfig: { maxUnavailable: 1 },
      labels: { "testfarm/pool": "browser" },
      taints: [{ key: "testfarm/pool", value: "browser", effect: "NO_SCHEDULE" }],
    });
    expect(group("browser").ignoreChanges).toEqual(["scalingConfig.desiredSize"]);
    // Of a number that is fixed nobody else decides.
    expect(group("api").ignoreChanges).toEqual([]);
    expect(recording.outputs["pools"]).toEqual({
      api: { nodeSelector: { "testfarm/pool": "api" }, tolerations: [] },
      browser: {
        nodeSelector: { "testfarm/pool": "browser" },
        tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
      },
    });
  });

  test("have encrypted disks, and a metadata service that no pod reaches", async () => {
    const { inputs } = resourceOf(await byDefault(), types.template, "cluster-browser");
    expect(inputs).toMatchObject({
      instanceType: "large",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: 20, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
    });
  });

  test("of another size or number change nothing but their own template and group", async () => {
    const pools = { api: { machine: "huge", count: 4 }, browser: { machine: "huger", min: 4, max: 9 } };
    const [before, after] = [await byDefault(), await start({ pools })];
    const changed = after.resources.filter(
      ({ key, inputs }) =>
        JSON.stringify(inputs) !== JSON.stringify(before.resources.find((each) => each.key === key)?.inputs),
    );
    expect([...new Set(changed.map(({ type }) => type))].toSorted()).toEqual([types.template, types.group]);
  });

  test("come after the network's plugin, whose NetworkPolicies count, and before what runs on them", async () => {
    const recording = await byDefault();
    const addon = (name: string) => resourceOf(recording, types.addon, `cluster-${name}`);
    expect(addon("network").inputs["configurationValues"]).toBe('{"enableNetworkPolicy":"true"}');
    const group = resourceOf(recording, types.group, "cluster-browser");
    expect(group.dependsOn).toEqual(
      expect.arrayContaining([addon("network").key, addon("proxy").key, addon("identity").key]),
    );
    // By which they reach the registry of their images.
    expect(group.dependsOn).toContain(resourceOf(recording, types.nat).key);
    expect(addon("dns").dependsOn).toContain(group.key);
    const [provider] = recording.resources.filter(
      ({ type, parent }) => type === "pulumi:providers:kubernetes" && parent?.endsWith("Eks::cluster"),
    );
    expect(provider?.dependsOn).toEqual(
      expect.arrayContaining([group.key, addon("dns").key, addon("disks").key]),
    );
  });
});

describe("the network", () => {
  test("has nodes in private subnets of three zones, which leave it by one gateway", async () => {
    const recording = await byDefault();
    expect(
      ofType(recording, types.subnet).map(({ inputs }) => [
        inputs["availabilityZoneId"],
        inputs["cidrBlock"],
      ]),
    ).toEqual([
      ["eus2-az1", "10.0.0.0/24"],
      ["eus2-az2", "10.0.1.0/24"],
      ["eus2-az3", "10.0.2.0/24"],
      ["eus2-az1", "10.0.64.0/18"],
      ["eus2-az2", "10.0.128.0/18"],
      ["eus2-az3", "10.0.192.0/18"],
    ]);
    for (const { inputs } of ofType(recording, types.subnet))
      expect(inputs).not.toHaveProperty("mapPublicIpOnLaunch");
    expect(ofType(recording, types.nat)).toHaveLength(1);
    const route = (name: string) => resourceOf(recording, types.table, name).inputs["routes"];
    expect(route("network-public")).toEqual([{ cidrBlock: "0.0.0.0/0", gatewayId: "network-id" }]);
    for (const index of [0, 1, 2])
      expect(route(`network-private-${index}`)).toEqual([
        { cidrBlock: "0.0.0.0/0", natGatewayId: "network-nat-0-id" },
      ]);
    expect(resourceOf(recording, "aws:ec2/vpcEndpoint:VpcEndpoint").inputs).toMatchObject({
      serviceName: "com.amazonaws.eu-south-2.s3",
      routeTableIds: ["network-private-0-id", "network-private-1-id", "network-private-2-id"],
    });
  });

  test("survives the loss of a zone where it has to: each has a gateway of its own", async () => {
    const recording = await start({ highAvailability: true });
    expect(ofType(recording, types.nat)).toHaveLength(3);
    expect(resourceOf(recording, types.table, "network-private-2").inputs["routes"]).toEqual([
      { cidrBlock: "0.0.0.0/0", natGatewayId: "network-nat-2-id" },
    ]);
  });

  test("gives the load balancer an address that stays in each public subnet", async () => {
    const { outputs } = await byDefault();
    expect(outputs["loadBalancer"]).toEqual({
      annotations: {
        [setting("type")]: "nlb",
        [setting("subnets")]: "network-public-0-id,network-public-1-id,network-public-2-id",
        [setting("eip-allocations")]: "cluster-0-id,cluster-1-id,cluster-2-id",
        [setting("cross-zone-load-balancing-enabled")]: "true",
      },
      isNamed: true,
    });
  });
});

test("pods on disks get encrypted ones, which outlive them unless the stack is ephemeral", async () => {
  const storageClass = "kubernetes:storage.k8s.io/v1:StorageClass";
  expect(resourceOf(await byDefault(), storageClass).inputs).toMatchObject({
    metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true" },
    reclaimPolicy: "Retain",
  });
  const { inputs } = resourceOf(await start({ ephemeral: true }), storageClass);
  expect(inputs["reclaimPolicy"]).toBe("Delete");
  const { inputs: driver } = resourceOf(await byDefault(), types.addon, "cluster-disks");
  expect(driver["podIdentityAssociations"]).toEqual([
    {
      serviceAccount: "ebs-csi-controller-sa",
      roleArn: "arn:aws:iam::123456789012:role/testfarm-test-disks",
    },
  ]);
});

test("browsers' nodes are scaled by a program that may change groups of this cluster and no other", async () => {
  const recording = await byDefault();
  const release = resourceOf(recording, types.release);
  expect(release.inputs).toMatchObject({
    chart: "cluster-autoscaler",
    version: "9.59.0",
    repositoryOpts: { repo: "https://kubernetes.github.io/autoscaler" },
    namespace: "kube-system",
    values: {
      awsRegion: region,
      autoDiscovery: { clusterName: "testfarm-test" },
      rbac: { serviceAccount: { name: "cluster-autoscaler" } },
      extraArgs: { "scale-down-utilization-threshold": "0.01" },
    },
  });
  const identity = resourceOf(recording, types.identity);
  expect(identity.inputs).toEqual({
    clusterName: "testfarm-test",
    namespace: "kube-system",
    serviceAccount: "cluster-autoscaler",
    roleArn: "arn:aws:iam::123456789012:role/testfarm-test-autoscaler",
  });
  expect(release.dependsOn).toContain(identity.key);
  const { inputs } = resourceOf(recording, "aws:iam/rolePolicy:RolePolicy");
  const { Statement } = JSON.parse(inputs["policy"] as string) as {
    Statement: { Action: string[]; Condition?: object }[];
  };
  const free = Statement.filter(({ Condition }) => Condition === undefined).flatMap(({ Action }) => Action);
  expect(free.filter((action) => !/:(Describe|Get)/.test(action))).toEqual([]);
  expect(Statement.find(({ Condition }) => Condition)).toMatchObject({
    Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
    Condition: { StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/testfarm-test": "owned" } },
  });
});

test("a role is taken by whom it is for", async () => {
  const recording = await byDefault();
  const takers = ofType(recording, "aws:iam/role:Role").map(({ inputs }) => {
    const { Statement } = JSON.parse(inputs["assumeRolePolicy"] as string) as {
      Statement: { Action: string[]; Principal: { Service: string } }[];
    };
    return [inputs["name"], Statement[0]!.Principal.Service, Statement[0]!.Action.length];
  });
  expect(takers).toEqual([
    ["testfarm-test-control-plane", "eks.amazonaws.com", 1],
    ["testfarm-test-nodes", "ec2.amazonaws.com", 1],
    ["testfarm-test-disks", "pods.eks.amazonaws.com", 2],
    ["testfarm-test-autoscaler", "pods.eks.amazonaws.com", 2],
  ]);
});

test("everything of AWS is in the region of the stack, and says to which stack it belongs", async () => {
  const recording = await byDefault();
  expect(resourceOf(recording, "pulumi:providers:aws").inputs).toMatchObject({
    region,
    defaultTags: JSON.stringify({ tags: { "testfarm:stack": "testfarm-test" } }),
  });
  const strangers = recording.resources.filter(
    ({ type, custom, provider }) =>
      custom && type.startsWith("aws:") && provider !== "pulumi:providers:aws::aws",
  );
  expect(strangers).toEqual([]);
});
