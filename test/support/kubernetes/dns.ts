import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "./client.ts";
import type { ControlPlane, StartProgram } from "./control-plane.ts";
import type { ClusterNetwork } from "./network.ts";

/**
 * CoreDNS beside the control plane, which no drain of a node takes away, behind the Service `kube-dns` that pods ask. It
 * knows no names outside of the cluster, and says at once that there are none.
 */
export async function startDns(
  program: string,
  directory: string,
  { controlPlane, dns }: ClusterNetwork,
  plane: ControlPlane,
  start: StartProgram,
): Promise<void> {
  const file = join(directory, "Corefile");
  writeFileSync(
    file,
    `cluster.local:53 in-addr.arpa:53 {
  bind ${controlPlane}
  errors
  ready ${controlPlane}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${plane.kubeconfig}
  }
}
.:53 {
  bind ${controlPlane}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`,
  );
  const daemon = start("coredns", [program, "-conf", file]);
  await daemon.ready(async () => {
    const { ok } = await fetch(`http://${controlPlane}:8181/ready`);
    if (!ok) throw new Error("CoreDNS has not read the cluster's Services yet");
  });
  await plane.apply(...service(controlPlane, dns));
}

const ports = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
];

const service = (server: string, address: string): KubernetesObject[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system" },
    spec: { clusterIP: address, ports },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "kube-dns",
      namespace: "kube-system",
      labels: { "kubernetes.io/service-name": "kube-dns" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [server] }],
    ports,
  },
];
