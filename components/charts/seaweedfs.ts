/** What the chart of SeaweedFS is told. */
import { operator, resources } from "./resources.ts";

export const s3Port = 8333;

/** Where it is, and the labels of its parts' pods. */
export const namespace = "seaweedfs";
export const podsOf = (component: "master" | "volume" | "filer") => ({
  "app.kubernetes.io/name": "seaweedfs",
  "app.kubernetes.io/instance": "seaweedfs",
  "app.kubernetes.io/component": component,
});

/** Each file is on two servers of the same rack, which is how it knows nodes (`XYZ`: data centers, racks, servers). */
const copies = "001";

/** Its image is made for root, which it does not need. */
const securityContexts = {
  podSecurityContext: {
    enabled: true,
    runAsNonRoot: true,
    runAsUser: 10_001,
    runAsGroup: 10_001,
    fsGroup: 10_001,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containerSecurityContext: {
    enabled: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  },
};

/** Pods on nodes of their own, as long as there are enough: on a single node they run too. The chart reads text. */
const spread = (component: "master" | "volume" | "filer") => ({
  affinity: "",
  topologySpreadConstraints: JSON.stringify(
    ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: podsOf(component) },
    })),
  ),
});

/** To the container's own output, and not to a directory of the node. */
const logs = { type: "none" };

/**
 * @param secret with the key `seaweedfs_s3_config`.
 * @param bucket made when it is not there.
 */
export const values = (secret: string, bucket: string, storageClass: string | undefined) => {
  const disk = (size: string) => ({
    type: "persistentVolumeClaim",
    size,
    ...(storageClass !== undefined && { storageClass }),
  });
  return {
    global: {
      seaweedfs: {
        createClusterRole: false,
        automountServiceAccountToken: false,
        enableReplication: true,
        replicationPlacement: copies,
      },
    },
    master: {
      replicas: 3,
      data: disk("1Gi"),
      logs,
      ...securityContexts,
      ...spread("master"),
      resources: operator(128),
    },
    volume: {
      replicas: 3,
      dataDirs: [{ name: "data", ...disk("30Gi"), maxVolumes: 0 }],
      // Its image asks the control plane to make disks larger. That is done by hand.
      resizeHook: { enabled: false },
      ...securityContexts,
      ...spread("volume"),
      resources: resources(256, { request: 50, limit: 1000 }),
    },
    filer: {
      replicas: 1,
      data: disk("5Gi"),
      logs,
      ...securityContexts,
      ...spread("filer"),
      resources: resources(256, { request: 50, limit: 1000 }),
      s3: {
        enabled: true,
        port: s3Port,
        enableAuth: true,
        existingConfigSecret: secret,
        createBuckets: [{ name: bucket, anonymousRead: false }],
        createBucketsHook: { resources: operator(128) },
      },
    },
  };
};
