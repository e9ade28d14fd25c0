/**
 * What the level `restricted` of the Pod Security Standards asks of a pod, with all that `baseline` does
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/, of Kubernetes 1.37), control by control.
 */
type Fields = Readonly<Record<string, unknown>>;

interface Container extends Fields {
  readonly name: string;
  readonly securityContext?: Fields;
}

export interface PodSpec extends Fields {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Fields[];
  readonly securityContext?: Fields;
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((each, key) => (each as Fields | undefined)?.[key], value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const oneOf = (value: unknown, ...allowed: readonly unknown[]) =>
  value === undefined || allowed.includes(value);

const volumeTypes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const sysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const selinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const handlers = ["startupProbe", "readinessProbe", "livenessProbe"];

/** Of a pod as a whole. */
const ofPod: Readonly<Record<string, (spec: PodSpec) => boolean>> = {
  "host namespaces": (spec) => ["hostNetwork", "hostPID", "hostIPC"].every((name) => spec[name] !== true),
  "volume types": ({ volumes = [] }) =>
    volumes.every((volume) =>
      Object.keys(volume).every((key) => key === "name" || volumeTypes.includes(key)),
    ),
  sysctls: ({ securityContext }) =>
    list(at(securityContext, "sysctls")).every((each) => sysctls.includes(String(at(each, "name")))),
};

/** Of each container, or of the pod where the container says nothing. */
const ofContainer: Readonly<Record<string, (container: Container, spec: PodSpec) => boolean>> = {
  "host process": (container, spec) =>
    [container, spec].every((each) => at(each, "securityContext", "windowsOptions", "hostProcess") !== true),
  privileged: ({ securityContext }) => at(securityContext, "privileged") !== true,
  "capabilities dropped": ({ securityContext }) =>
    list(at(securityContext, "capabilities", "drop")).includes("ALL"),
  "capabilities added": ({ securityContext }) =>
    list(at(securityContext, "capabilities", "add")).every((each) => each === "NET_BIND_SERVICE"),
  "host ports": ({ ports }) => list(ports).every((port) => oneOf(at(port, "hostPort"), 0)),
  "hosts of probes and handlers": (container) =>
    [
      ...handlers.map((name) => container[name]),
      at(container, "lifecycle", "preStop"),
      at(container, "lifecycle", "postStart"),
    ].every((each) => ["httpGet", "tcpSocket"].every((kind) => oneOf(at(each, kind, "host"), ""))),
  AppArmor: (container, spec) =>
    [container, spec].every((each) =>
      oneOf(at(each, "securityContext", "appArmorProfile", "type"), "RuntimeDefault", "Localhost"),
    ),
  SELinux: (container, spec) =>
    [container, spec].every(
      (each) =>
        oneOf(at(each, "securityContext", "seLinuxOptions", "type"), ...selinuxTypes) &&
        ["user", "role"].every((name) => oneOf(at(each, "securityContext", "seLinuxOptions", name), "")),
    ),
  "proc mount": ({ securityContext }) => oneOf(at(securityContext, "procMount"), "Default"),
  "privilege escalation": ({ securityContext }) => at(securityContext, "allowPrivilegeEscalation") === false,
  "non-root": (container, spec) => inherited(container, spec, "runAsNonRoot") === true,
  "non-root user": (container, spec) =>
    [container, spec].every((each) => at(each, "securityContext", "runAsUser") !== 0),
  seccomp: (container, spec) =>
    ["RuntimeDefault", "Localhost"].includes(String(inherited(container, spec, "seccompProfile", "type"))),
};

const inherited = (container: Container, spec: PodSpec, ...path: readonly string[]): unknown =>
  at(container, "securityContext", ...path) ?? at(spec, "securityContext", ...path);

export const containersOf = ({ containers, initContainers = [] }: PodSpec) => [
  ...initContainers,
  ...containers,
];

/** @returns the controls that a pod does not keep to. */
export const violations = (spec: PodSpec): string[] => [
  ...Object.entries(ofPod)
    .filter(([, holds]) => !holds(spec))
    .map(([control]) => control),
  ...Object.entries(ofContainer)
    .filter(([, holds]) => !containersOf(spec).every((container) => holds(container, spec)))
    .map(([control]) => control),
];
