import * as pulumi from "@pulumi/pulumi";
import type { ApplicationArgs } from "../../infra/contracts/kubernetes.ts";
import { disruptionBudgets } from "./disruption.ts";
import { migration } from "./migration.ts";
import { monitoring } from "./monitoring/monitoring.ts";
import { nodePreparation } from "./node-preparation.ts";
import { policies } from "./policies.ts";
import type { Parts } from "./parts.ts";
import { pullSecrets } from "./registry.ts";
import { scaling } from "./scaling.ts";
import { keeper } from "./secrets.ts";
import { services } from "./services.ts";
import { deployments, serviceAccounts } from "./workloads.ts";

/** What runs at all times, by where the browsers are. */
const components = {
  own: ["api", "web", "worker", "browser", "egress"],
  browserbase: ["api", "web", "worker"],
} as const satisfies Readonly<Record<ApplicationArgs["browser"], Parts["components"]>>;

/**
 * The application in its namespace of a cluster: first the migrations of a release, then all of its components at once, whose
 * pods take over from those before without a request that fails or a session that is cut off.
 *
 * Every name is fixed: there is one application in a cluster. Nothing of it holds data, and all of it may be made anew.
 */
export class Application extends pulumi.ComponentResource {
  constructor(name: string, args: ApplicationArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:kubernetes:Application", name, {}, options);
    const place = { name, args, options: { parent: this, provider: args.cluster.provider } };
    const parts: Parts = {
      ...place,
      components: components[args.browser],
      keep: keeper(place),
      pull: pullSecrets(place, args.namespace),
    };
    const foundations = [...policies(parts), ...serviceAccounts(parts), ...services(parts)];
    const migrated = migration(parts, [...args.after, ...foundations]);
    const prepared = parts.components.includes("browser") ? [nodePreparation(place)] : [];
    const running = deployments(parts, [migrated, ...prepared]);
    disruptionBudgets(parts);
    scaling(parts, running);
    if (args.monitoring) monitoring(parts);
    this.registerOutputs();
  }
}
