import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { azureNetwork } from "./network.ts";

/**
 * Who changed what in the cluster, and who signed in: `kube-audit-admin` leaves out what only reads, which is most of
 * `kube-audit` (https://learn.microsoft.com/en-us/azure/aks/monitor-aks-reference#resource-logs).
 */
const categories = ["kube-audit-admin", "guard"];

/** Days: 31 are in the price of what comes in (https://azure.microsoft.com/en-us/pricing/details/monitor/). */
const retentionInDays = 31;

/** GB: more on one day is not kept, and not billed. */
const dailyQuotaGb = 1;

/** A workspace at Log Analytics with a cluster's audit log: the table AKSAuditAdmin. */
export class AuditLog extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: { readonly clusterId: pulumi.Input<string>; readonly place: CloudPlace },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("testfarm:azure:AuditLog", name, {}, options);
    const { clusterId, place } = args;
    const child = { parent: this };
    const workspace = new Workspace(
      name,
      {
        resourceGroupName: azureNetwork(place).group,
        workspaceName: place.label,
        location: place.region,
        sku: { name: "PerGB2018" },
        retentionInDays,
        workspaceCapping: { dailyQuotaGb },
      },
      child,
    );
    new DiagnosticSetting(
      `${name}-setting`,
      {
        name: "audit",
        resourceUri: clusterId,
        workspaceId: workspace.id,
        // Tables of their own, which are cheaper to ask than the one that all of Azure writes to.
        logAnalyticsDestinationType: "Dedicated",
        logs: categories.map((category) => ({ category, enabled: true })),
      },
      child,
    );
    this.registerOutputs();
  }
}
