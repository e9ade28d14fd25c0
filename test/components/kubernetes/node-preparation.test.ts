import { beforeAll, expect, test } from "vitest";
import { chromiumSecurity } from "../../../components/docker-host/chromium.ts";
import type { Recording } from "../../../infra/testing/index.ts";
import { violations } from "./pod-security.ts";
import { applicationArgs, digest, objectNamed, objectOf, resourcesOf, start } from "./recording.ts";

let application: Recording;
beforeAll(async () => {
  application = await start();
});
const pod = (recording = application) =>
  (objectNamed(recording, "DaemonSet", "seccomp-profile") as any).spec.template.spec;
const profiles = (recording = application) =>
  (objectNamed(recording, "ConfigMap", "seccomp-profile") as any).data as Record<string, string>;

test("the profile is that of Docker hosts, for the architecture of the node", () => {
  const [[name, content]] = Object.entries(profiles()) as [[string, string]];
  expect(name).toMatch(/^chromium-[\da-f]{8}\.json$/);
  const [docker] = chromiumSecurity(undefined);
  const { archMap: _, ...same } = JSON.parse(docker!.replace("seccomp=", ""));
  expect(JSON.parse(content)).toEqual(same);
});

test("its pod differs from others in what it cannot do without: the directory of its node, and root, whose it is", () => {
  expect(violations(pod())).toEqual(["volume types", "non-root", "non-root user"]);
  const hostPaths = pod().volumes.flatMap((volume: any) => volume.hostPath ?? []);
  expect(hostPaths).toEqual([{ path: "/var/lib/kubelet/seccomp/testfarm", type: "DirectoryOrCreate" }]);
  const [container] = pod().containers;
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(container.image).toContain(digest("a"));
  expect(container.resources.requests.memory).toBe(container.resources.limits.memory);
  expect(pod()).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: "seccomp-profile" });
});

test("it stands in a namespace of its own, since no other level of pod security allows it", () => {
  const { metadata } = objectNamed(application, "Namespace", "testfarm-nodes");
  expect(metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("privileged");
  for (const kind of ["DaemonSet", "ConfigMap"])
    expect(objectNamed(application, kind, "seccomp-profile").metadata.namespace).toBe("testfarm-nodes");
  const others = ["Deployment", "Job"].flatMap((kind) => resourcesOf(application, kind)).map(objectOf);
  expect(others.filter(({ metadata: { namespace } }) => namespace === "testfarm-nodes")).toEqual([]);
});

test("it is on the browsers' nodes, whatever keeps others away from them", () => {
  const { browser } = applicationArgs().cluster.pools;
  expect(pod()).toMatchObject(browser);
});

test("the kubelet never reads half of a profile, and one that is changed or removed comes back", () => {
  const [file] = Object.keys(profiles());
  const [container] = pod().containers;
  expect(container.command.slice(0, 4)).toEqual(["tini", "--", "sh", "-c"]);
  expect(container.command[4]).toBe(
    `cp /profile/${file} /node/${file}.new && mv /node/${file}.new /node/${file} && exec sleep infinity`,
  );
  for (const probe of ["readinessProbe", "livenessProbe"])
    expect(container[probe].exec.command).toEqual(["cmp", "-s", `/profile/${file}`, `/node/${file}`]);
});
