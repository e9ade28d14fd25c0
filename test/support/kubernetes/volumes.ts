import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "./client.ts";

/** How many volumes a node has. A claim takes one for good, whatever size it asks for up to 100 GiB. */
const count = 10;

const className = "local";

/**
 * The class of volumes that a claim gets which names none: directories on the node of the first pod that uses it. Nobody
 * makes new ones. https://kubernetes.io/docs/concepts/storage/volumes/#local
 */
export const storageClass: KubernetesObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: className, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "kubernetes.io/no-provisioner",
  volumeBindingMode: "WaitForFirstConsumer",
};

/** @param lib what the node has as /var/lib. @returns the volumes that are there now. */
export function makeVolumes(node: string, lib: string): KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `volumes/${index}`;
    mkdirSync(join(lib, path), { recursive: true });
    // For whatever user the pod runs as.
    chmodSync(join(lib, path), 0o777);
    return volume(node, index, join("/var/lib", path));
  });
}

const volume = (node: string, index: number, path: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: `${node}-${index}` },
  spec: {
    storageClassName: className,
    capacity: { storage: "100Gi" },
    accessModes: ["ReadWriteOnce"],
    local: { path },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
        ],
      },
    },
  },
});
