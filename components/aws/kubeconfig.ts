import type { Cluster } from "@pulumi/aws/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigOf as kubeconfig } from "../kubeconfig.ts";

/**
 * How a kubectl gets in: AWS's own program asks for a token with the credentials of whoever runs it
 * (https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html). It has to be on the PATH, of Pulumi too.
 */
export const kubeconfigOf = (
  { name, endpoint, certificateAuthority }: Cluster,
  region: string,
): pulumi.Output<string> =>
  pulumi.all([name, endpoint, certificateAuthority.data]).apply(([called, server, data]) =>
    kubeconfig({
      name: called,
      server,
      authority: data ?? "",
      program: {
        command: "aws",
        args: ["eks", "get-token", "--region", region, "--cluster-name", called, "--output", "json"],
        hint: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      },
    }),
  );
