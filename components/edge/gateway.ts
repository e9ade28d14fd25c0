import { Certificate } from "@pulumi/gcp/certificatemanager/certificate.js";
import { CertificateMap } from "@pulumi/gcp/certificatemanager/certificateMap.js";
import { CertificateMapEntry } from "@pulumi/gcp/certificatemanager/certificateMapEntry.js";
import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { SSLPolicy } from "@pulumi/gcp/compute/sslpolicy.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Edge, EdgeArgs } from "../../infra/contracts/kubernetes.ts";
import {
  backendPolicy,
  clientIpHeader,
  gateway,
  healthCheck,
  redirect,
  routes,
} from "../charts/gateway-routes.ts";
import { kept } from "../gcp/lifetime.ts";
import { googleCloud } from "../gcp/provider.ts";

/**
 * GKE's own gateway: Google's global load balancer, which speaks to the pods themselves, with a certificate of Google's
 * that it gets and renews when the domain leads here. TLS 1.2 at least, HTTP/2. No software of others in the cluster
 * for it; it costs what Google's load balancer costs.
 *
 * Requests come from Google's own addresses, 35.191.0.0/16 and 130.211.0.0/22, as do its health checks. The visitor's
 * address is in `X-Client-IP` alone.
 *
 * Another domain gets a new certificate beside the old one, which then goes.
 */
export class GatewayEdge extends pulumi.ComponentResource implements Edge {
  readonly records: Edge["records"];
  readonly clientIpHeader = clientIpHeader;
  readonly ready: Edge["ready"];

  constructor(name: string, args: EdgeArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:edge:Gateway", name, {}, options);
    const { label, domain, namespace, cluster } = args;
    const child = { parent: this, provider: googleCloud(args) };
    const address = new GlobalAddress(
      `${name}-address`,
      { name: `${label}-edge` },
      { ...child, ...kept(args) },
    );
    const certificate = new Certificate(
      `${name}-certificate`,
      // Named by Pulumi: that of another domain is made before the old one goes.
      { managed: { domains: [domain] } },
      child,
    );
    const map = new CertificateMap(`${name}-certificates`, { name: label }, child);
    const entry = new CertificateMapEntry(
      `${name}-certificate-entry`,
      { name: "domain", map: map.name, hostname: domain, certificates: [certificate.id] },
      child,
    );
    const tls = new SSLPolicy(
      `${name}-tls`,
      { name: label, profile: "MODERN", minTlsVersion: "TLS_1_2" },
      child,
    );

    const make = (
      kind: keyof typeof groups,
      object: string,
      spec: object,
      annotations?: Readonly<Record<string, pulumi.Input<string>>>,
    ) =>
      new kubernetes.apiextensions.CustomResource(
        `${name}-${object}`,
        {
          apiVersion: groups[kind],
          kind,
          // An API server keeps no empty annotations, and the next preview would add them again.
          metadata: { name: `testfarm-${object}`, namespace, ...(annotations && { annotations }) },
          spec,
        },
        { parent: this, provider: cluster.provider, dependsOn: [entry] },
      );
    const entrance = make("Gateway", "gateway", gateway(address.name), {
      "networking.gke.io/certmap": map.name,
    });
    const entranceName = entrance.metadata.name;
    make("GCPGatewayPolicy", "tls-policy", {
      targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: entranceName },
      default: { sslPolicy: tls.name },
    });
    for (const service of ["api", "web"] as const) {
      make("GCPBackendPolicy", service, backendPolicy(service));
      make("HealthCheckPolicy", `${service}-health`, healthCheck(service));
    }
    this.ready = [
      make("HTTPRoute", "http", redirect(entranceName, domain)),
      make("HTTPRoute", "https", routes(entranceName, domain)),
    ];
    this.records = [{ name: domain, type: "A", value: address.address }];
    this.registerOutputs();
  }
}

const groups = {
  Gateway: "gateway.networking.k8s.io/v1",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  GCPGatewayPolicy: "networking.gke.io/v1",
  GCPBackendPolicy: "networking.gke.io/v1",
  HealthCheckPolicy: "networking.gke.io/v1",
} as const;
