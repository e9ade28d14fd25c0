import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { googleCloud } from "./provider.ts";
import { serviceAccount } from "./service-account.ts";

/**
 * What a node needs to write logs and figures, and to pull images from Artifact Registry in the same project
 * (https://docs.cloud.google.com/kubernetes-engine/docs/how-to/service-accounts). The default account of Compute Engine may edit
 * the whole project.
 */
const roles = {
  node: "roles/container.defaultNodeServiceAccount",
  images: "roles/artifactregistry.reader",
} as const;

/** Who nodes are. Pods are somebody else: what a node may do is not theirs. */
export class NodeAccount extends pulumi.ComponentResource {
  /** Known when it has its roles. */
  readonly email: pulumi.Output<string>;

  constructor(name: string, place: CloudPlace, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:gcp:NodeAccount", name, {}, options);
    const { label, project } = place;
    const child = { parent: this, provider: googleCloud(place) };
    const account = serviceAccount(name, `${label}-nodes`, `Nodes of ${label}`, child);
    const granted = Object.entries(roles).map(
      ([what, role]) => new IAMMember(`${name}-${what}`, { project, role, member: account.member }, child),
    );
    this.email = pulumi
      .all([account.email, pulumi.all(granted.map(({ id }) => id))])
      .apply(([email]) => email);
    this.registerOutputs();
  }
}
