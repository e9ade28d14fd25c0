import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";

/** Who takes a role, and what that needs: for pods https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html. */
const takers = {
  cluster: { service: "eks.amazonaws.com", actions: ["sts:AssumeRole"] },
  nodes: { service: "ec2.amazonaws.com", actions: ["sts:AssumeRole"] },
  pods: { service: "pods.eks.amazonaws.com", actions: ["sts:AssumeRole", "sts:TagSession"] },
} as const;

interface AwsRoleArgs {
  /** Its name in the account, where another role may not have it. */
  readonly name: string;
  readonly takenBy: keyof typeof takers;
  /** AWS's own policies, by the end of their ARN. */
  readonly managed?: readonly string[];
  /** What it allows besides. */
  readonly allow?: readonly Statement[];
}

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: pulumi.Input<string>;
  readonly Condition?: object;
}

/** A role with its policies; whoever depends on it waits for them. */
export class AwsRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: AwsRoleArgs, options: pulumi.ComponentResourceOptions) {
    super("testfarm:aws:Role", name, {}, options);
    // What a role is kept for needs its rights too.
    const { protect = false, retainOnDelete = false } = options;
    const child = { parent: this, protect, retainOnDelete };
    const { service, actions } = takers[args.takenBy];
    const role = new Role(
      name,
      {
        name: args.name,
        assumeRolePolicy: policy([{ Action: actions, Principal: { Service: service } }]),
      },
      child,
    );
    for (const managed of args.managed ?? [])
      new RolePolicyAttachment(
        `${name}-${managed.split("/").at(-1)}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${managed}` },
        child,
      );
    if (args.allow) new RolePolicy(`${name}-policy`, { role: role.name, policy: policy(args.allow) }, child);
    this.arn = role.arn;
    this.registerOutputs();
  }
}

const policy = (statements: readonly object[]): pulumi.Output<string> =>
  pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });
