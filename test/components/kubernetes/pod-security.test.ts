import { expect, test } from "vitest";
import { violations, type PodSpec } from "./pod-security.ts";

const container = {
  name: "app",
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
};
const spec: PodSpec = { containers: [container] };
const withContext = (change: object) => ({
  containers: [{ ...container, securityContext: { ...container.securityContext, ...change } }],
});

test("a pod that asks for nothing special is of the level restricted", () => {
  expect(violations(spec)).toEqual([]);
});

test.for<[control: string, pod: PodSpec]>([
  ["host namespaces", { ...spec, hostNetwork: true }],
  ["host namespaces", { ...spec, hostPID: true }],
  ["host namespaces", { ...spec, hostIPC: true }],
  ["volume types", { ...spec, volumes: [{ name: "node", hostPath: { path: "/" } }] }],
  ["volume types", { ...spec, volumes: [{ name: "share", nfs: { server: "a", path: "/" } }] }],
  ["sysctls", { ...spec, securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }],
  ["host process", withContext({ windowsOptions: { hostProcess: true } })],
  ["privileged", withContext({ privileged: true })],
  ["capabilities dropped", withContext({ capabilities: { drop: ["NET_RAW"] } })],
  ["capabilities added", withContext({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } })],
  ["host ports", { containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 80 }] }] }],
  [
    "hosts of probes and handlers",
    { containers: [{ ...container, livenessProbe: { httpGet: { port: 80, host: "192.0.2.1" } } }] },
  ],
  ["AppArmor", withContext({ appArmorProfile: { type: "Unconfined" } })],
  ["SELinux", withContext({ seLinuxOptions: { type: "spc_t" } })],
  ["proc mount", withContext({ procMount: "Unmasked" })],
  ["privilege escalation", withContext({ allowPrivilegeEscalation: undefined })],
  ["non-root", withContext({ runAsNonRoot: undefined })],
  ["non-root user", withContext({ runAsUser: 0 })],
  ["seccomp", withContext({ seccompProfile: { type: "Unconfined" } })],
  ["seccomp", withContext({ seccompProfile: undefined })],
])("%s: another pod is not", ([control, pod]) => {
  expect(violations(pod)).toEqual([control]);
  // One that prepares the pod is looked at as well.
  const [first] = pod.containers;
  expect(violations({ ...pod, containers: [container], initContainers: [first!] })).toEqual([control]);
});
