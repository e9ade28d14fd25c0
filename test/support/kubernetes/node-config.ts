/**
 * The kubelet wants these settings of the kernel, which are this machine's and stay as they are: it is shown them.
 * https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/cm/container_manager_linux.go, November 2026.
 */
export const shownSettings = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
} as const;

const cri = 'plugins."io.containerd.grpc.v1.cri"';

/**
 * @param sandbox image that a pod's sandbox runs.
 * @param plugins directory of CNI's programs.
 * @param networks directory of CNI's configuration.
 */
export const containerdConfig = (sandbox: string, plugins: string, networks: string): string => `
version = 2
disabled_plugins = ["io.containerd.internal.v1.opt"]
[${cri}]
  sandbox_image = "${sandbox}"
  # Where root is not the machine's it may not make a process less likely to be killed.
  restrict_oom_score_adj = true
[${cri}.cni]
  bin_dir = "${plugins}"
  conf_dir = "${networks}"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
`;

/** A bridge for the pods of a node. https://www.cni.dev/plugins/current/main/bridge/ */
export const networkConfig = (pods: string) => ({
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "pods",
      isDefaultGateway: true,
      // A pod reaches its own Service, and itself by it.
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: pods }]] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export const kubeletConfig = (cgroupRoot: string, dns: string) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  cgroupRoot,
  cgroupDriver: "cgroupfs",
  failCgroupV1: false,
  failSwapOn: false,
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  volumePluginDir: "/var/lib/kubelet/volume-plugins",
  // Nobody else is in its network.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: "AlwaysAllow" },
  clusterDomain: "cluster.local",
  clusterDNS: [dns],
  // Nothing of this machine's own DNS.
  resolvConf: "",
  // The disk is this machine's: how full it is says nothing of the pods.
  evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
  imageGCHighThresholdPercent: 100,
  // Images come from the tests, which will not be asked again.
  imageMaximumGCAge: "0s",
});

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
export const proxyConfig = (kubeconfig: string, node: string, pods: string) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  clientConnection: { kubeconfig },
  hostnameOverride: node,
  clusterCIDR: pods,
  // Settings of the kernel that are this machine's.
  conntrack: { maxPerCore: 0, min: 0 },
});
