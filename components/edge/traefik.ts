import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Edge, EdgeArgs } from "../../infra/contracts/kubernetes.ts";
import { certManager } from "../charts/cert-manager.ts";
import { traefik, traefikPods } from "../charts/traefik.ts";
import { certificate } from "../charts/certificate.ts";
import { routes } from "../charts/traefik-routes.ts";

/**
 * Traefik, with a certificate of Let's Encrypt's, behind the cloud's load balancer. The balancer hands packets on as
 * they are, and only to nodes with a Traefik on them: it sees the visitor's own address, and says it, and it alone, in
 * X-Forwarded-For.
 *
 * Where the cluster has Traefik already, its own entry points `web` and `websecure` are used, and the stack makes no
 * Service: only whoever runs it knows under which address it is reached. `ingressClass` is then the class that it is
 * told to listen to, and `records` are empty.
 *
 * A certificate is asked for when the domain leads here; until then visitors see one that is not trusted. Another
 * domain gets a new certificate in place.
 */
export class TraefikEdge extends pulumi.ComponentResource implements Edge {
  readonly records: Edge["records"];
  readonly from?: NonNullable<Edge["from"]>;
  readonly ready: Edge["ready"];

  constructor(name: string, args: EdgeArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:edge:Traefik", name, {}, options);
    const { cluster, domain } = args;
    const software = [...traefik(args), ...certManager(args)];
    const child = { parent: this, provider: cluster.provider, dependsOn: software };
    const isOwn = !args.has("traefik");
    if (isOwn) this.from = { namespace: traefikPods.namespace, pods: traefikPods.labels };

    const { secretName } = certificate(name, { ...args, from: this.from }, child);
    const made = routes(name, { ...args, secretName }, child);
    const entrance = isOwn ? this.#entrance(name, args, child) : undefined;
    this.records = entrance ? [recordOf(domain, cluster.loadBalancer.isNamed ?? false, entrance)] : [];
    this.ready = [...made, ...(entrance ? [entrance] : [])];
    this.registerOutputs();
  }

  /** The public address. */
  #entrance(name: string, { cluster }: EdgeArgs, child: pulumi.CustomResourceOptions) {
    const { annotations, ip } = cluster.loadBalancer;
    return new kubernetes.core.v1.Service(
      name,
      {
        metadata: { name: "traefik", namespace: traefikPods.namespace, annotations },
        spec: {
          type: "LoadBalancer",
          ...(ip !== undefined && { loadBalancerIP: ip }),
          externalTrafficPolicy: "Local",
          selector: traefikPods.labels,
          ports: [
            { name: "web", port: 80, targetPort: "web" },
            { name: "websecure", port: 443, targetPort: "websecure" },
          ],
        },
      },
      child,
    );
  }
}

const recordOf = (
  domain: string,
  isNamed: boolean,
  { status }: kubernetes.core.v1.Service,
): Edge["records"][number] => {
  const told = status.loadBalancer.ingress[0]!;
  return isNamed
    ? { name: domain, type: "CNAME", value: told.hostname }
    : { name: domain, type: "A", value: told.ip };
};
