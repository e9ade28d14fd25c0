import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesPlace } from "../../infra/contracts/kubernetes.ts";
import { type Chart, charts } from "../../infra/kubernetes/charts.ts";
import { namespaceFor, type NamespaceSettings } from "./namespace.ts";

/** Seconds for each step of an installation: images are pulled and disks made meanwhile. */
const timeout = 900;

interface Settings extends NamespaceSettings {
  /** What differs from each chart's own values, in the order in which they are installed. */
  readonly values: { readonly [Name in Chart]?: Readonly<Record<string, unknown>> };
  /** A Secret in the namespace, which the charts' pods read: its name, and what it says, which Pulumi keeps secret. */
  readonly secret?: {
    readonly name: string;
    readonly data: Readonly<Record<string, pulumi.Input<string>>>;
  };
  /** What has to be there before. */
  readonly after?: readonly pulumi.Resource[];
}

/**
 * Charts of infra/kubernetes/charts.ts in their exact versions, in a namespace of their own. What fails is rolled back,
 * and `pulumi up` with it. Other values are rolled out in place; another namespace replaces all of it.
 */
export class Installation extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, settings: Settings, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:charts:Installation", name, {}, options);
    const { cluster, keep = false, secret, after = [] } = settings;
    const child = { parent: this, provider: cluster.provider, protect: keep, retainOnDelete: keep };
    this.namespace = namespaceFor(`${name}-namespace`, settings, this).metadata.name;
    const done = [...after];
    if (secret)
      done.push(
        new kubernetes.core.v1.Secret(
          `${name}-secret`,
          { metadata: { name: secret.name, namespace: this.namespace }, stringData: secret.data },
          child,
        ),
      );
    for (const [chart, values] of Object.entries(settings.values) as [Chart, object][]) {
      const { repository, ...exact } = charts[chart];
      done.push(
        new kubernetes.helm.v3.Release(
          chart === name ? name : `${name}-${chart}`,
          {
            ...exact,
            name: chart,
            namespace: this.namespace,
            repositoryOpts: { repo: repository },
            atomic: true,
            timeout,
            values,
          },
          { ...child, dependsOn: [...done] },
        ),
      );
    }
    this.ready = done;
    this.registerOutputs();
  }
}

/** Done when software that others may use too is there: installed once a stack, unless the cluster has it already. */
export const installed = (
  place: Pick<KubernetesPlace, "cluster" | "has" | "once">,
  name: Chart,
  settings: () => Omit<Settings, "cluster">,
): readonly pulumi.Resource[] =>
  place.has(name)
    ? []
    : place.once(name, () => new Installation(name, { cluster: place.cluster, ...settings() })).ready;
