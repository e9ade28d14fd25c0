import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Edge, EdgeArgs } from "../../infra/contracts/kubernetes.ts";

/** https://letsencrypt.org/docs/acme-protocol-updates/ */
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

/** Port of the pods that answer for a domain (cert-manager 1.21, `acmesolver --listen-port`). */
const solverPort = 8089;

/**
 * A certificate of Let's Encrypt's for the domain, renewed a month before it ends. That the domain is ours is proven
 * over HTTP, by a pod that lives as long as the proof: it is let in to from the edge, and goes nowhere.
 *
 * @returns the Secret in which the certificate is going to be.
 */
export function certificate(
  name: string,
  {
    namespace,
    domain,
    email,
    ingressClass = "traefik",
    from,
  }: Pick<EdgeArgs, "namespace" | "domain" | "email" | "ingressClass"> & { readonly from: Edge["from"] },
  child: pulumi.CustomResourceOptions,
): { readonly secretName: string } {
  const issuer = new kubernetes.apiextensions.CustomResource(
    `${name}-issuer`,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name: "letsencrypt", namespace },
      spec: {
        acme: {
          server: letsEncrypt,
          ...(email !== undefined && { email }),
          privateKeySecretRef: { name: "letsencrypt-account" },
          solvers: [{ http01: { ingress: { ingressClassName: ingressClass, serviceType: "ClusterIP" } } }],
        },
      },
    },
    child,
  );
  const secretName = "certificate";
  new kubernetes.apiextensions.CustomResource(
    `${name}-certificate`,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "testfarm", namespace },
      spec: {
        secretName,
        dnsNames: [domain],
        issuerRef: { kind: "Issuer", name: issuer.metadata.name },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      },
    },
    child,
  );
  new kubernetes.networking.v1.NetworkPolicy(
    `${name}-certificate`,
    {
      metadata: { name: "certificate-proof", namespace },
      spec: {
        podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            ...(from && {
              from: [
                {
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": from.namespace } },
                  podSelector: { matchLabels: from.pods },
                },
              ],
            }),
            ports: [{ protocol: "TCP", port: solverPort }],
          },
        ],
      },
    },
    child,
  );
  return { secretName };
}
