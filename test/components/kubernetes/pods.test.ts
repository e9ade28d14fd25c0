import { beforeAll, describe, expect, test } from "vitest";
import { secretVariables } from "../../../infra/contracts/secret-variables.ts";
import { services } from "../../../infra/contracts/kubernetes.ts";
import type { Recording } from "../../../infra/testing/index.ts";
import { containersOf, violations, type PodSpec } from "./pod-security.ts";
import { digest, objectNamed, objectOf, objectsOf, resourcesOf, sizes, start } from "./recording.ts";

let application: Recording;
beforeAll(async () => {
  application = await start();
});

interface Template {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: PodSpec;
}
const templateOf = (object: { readonly [field: string]: unknown }) =>
  (object["spec"] as { readonly template: Template }).template;
const kinds = ["Deployment", "Job"] as const;
const components = ["api", "browser", "egress", "migrate", "web", "worker"];
const serving = components.filter((component) => component !== "migrate");

/** The pods of the application's namespace, by component. */
const pods = (): Record<string, Template> =>
  Object.fromEntries(
    kinds
      .flatMap((kind) => resourcesOf(application, kind))
      .map((resource) => templateOf(objectOf(resource)))
      .map((template) => [template.metadata.labels["app.kubernetes.io/component"]!, template]),
  );
const each = () =>
  Object.entries(pods()).map(([component, { spec }]) => ({
    component,
    spec,
    container: spec.containers[0]!,
  }));
const pod = (component: string) => {
  const { spec } = pods()[component]!;
  return { spec, container: spec.containers[0]! as Record<string, any> };
};
const settings = (component: string) =>
  Object.fromEntries(
    (pod(component).container["env"] as { name: string; value: string }[]).map(({ name, value }) => [
      name,
      value,
    ]),
  );

const get = (path: string) => ({ httpGet: { path, port: "http" } });
const others = () => each().filter(({ component }) => component !== "browser");

describe("every pod", () => {
  test("is of one of the components, with one container", () => {
    expect(Object.keys(pods()).toSorted()).toEqual(components);
    for (const { component, spec } of each())
      expect(containersOf(spec).map(({ name }) => name)).toEqual([component]);
  });

  test("keeps to the level restricted, which its namespace enforces", () => {
    for (const { component, spec } of each()) expect(violations(spec), component).toEqual([]);
    expect(objectNamed(application, "Namespace", "testfarm").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
  });

  test("runs as a user above those of any node, and writes to memory only", () => {
    for (const { component, spec, container } of each()) {
      expect(spec.securityContext, component).toMatchObject({
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
      });
      expect(container.securityContext, component).toMatchObject({ readOnlyRootFilesystem: true });
      const writable = (spec.volumes ?? []).filter((volume) => !("secret" in volume));
      expect(writable, component).toEqual([
        { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: expect.stringMatching(/^\d+Mi$/) } },
      ]);
    }
  });

  test("has an account of its own, and no token for the cluster's API", () => {
    for (const { component, spec } of each()) {
      expect(spec, component).toMatchObject({
        serviceAccountName: component,
        automountServiceAccountToken: false,
      });
      expect(objectNamed(application, "ServiceAccount", component)).toMatchObject({
        automountServiceAccountToken: false,
      });
    }
  });

  test("gets no more memory than it asks for, and of the processor as much as its size says", () => {
    for (const { component, container } of each()) {
      const size = sizes[component as keyof typeof sizes];
      expect(container["resources"], component).toEqual({
        requests: { memory: `${size.memory}Mi`, cpu: `${size.cpu.request}m` },
        limits: { memory: `${size.memory}Mi`, cpu: `${size.cpu.limit}m` },
      });
    }
  });

  test("runs an image by its digest", () => {
    for (const { component, container } of each())
      expect(container["image"], component).toContain(component === "web" ? digest("b") : digest("a"));
  });

  test("has its secrets as files and none among its settings", () => {
    for (const { component, container } of each()) {
      const env = container["env"] as { name: string; value?: string }[];
      expect(
        env.filter(({ name, value }) => secretVariables.has(name) || value === undefined),
        component,
      ).toEqual([]);
      expect(container["envFrom"], component).toBeUndefined();
    }
    expect(settings("api")).toEqual({
      LOG_LEVEL: "info",
      NODE_ENV: "production",
      PORT: "3001",
      SECRETS_DIR: "/run/secrets/testfarm",
    });
    expect(pod("api").container["volumeMounts"]).toContainEqual({
      name: "secrets",
      mountPath: "/run/secrets/testfarm",
      readOnly: true,
    });
    expect(pod("api").spec.volumes).toContainEqual({
      name: "secrets",
      secret: { secretName: "api", defaultMode: 0o440 },
    });
  });

  test("without secrets has no directory of them", () => {
    for (const component of ["egress", "web"]) {
      expect(settings(component)["SECRETS_DIR"], component).toBeUndefined();
      expect(pod(component).spec.volumes?.map(({ name }) => name)).toEqual(["tmp"]);
    }
  });

  test("that serves says when it is ready; what may kill it asks its process only, and not what it needs", () => {
    for (const component of serving) {
      const { container } = pod(component);
      const isPage = component === "web";
      expect(container["ports"], component).toEqual([{ name: "http", containerPort: isPage ? 8080 : 3001 }]);
      expect(container["readinessProbe"], component).toMatchObject(get(isPage ? "/" : "/readyz"));
      for (const kills of ["startupProbe", "livenessProbe"])
        expect(container[kills], `${component}, ${kills}`).toMatchObject(get(isPage ? "/" : "/healthz"));
    }
  });

  test("has time to end: what it waits for and the 25 s of the process", () => {
    for (const component of serving) {
      const { spec, container } = pod(component);
      const wait = container["lifecycle"]?.preStop.sleep.seconds ?? 0;
      expect(wait + 25, component).toBeLessThan(spec["terminationGracePeriodSeconds"] as number);
    }
    expect(serving.filter((component) => pod(component).container["lifecycle"] !== undefined)).toEqual([
      "api",
      "egress",
      "web",
    ]);
  });

  test("is spread over zones and nodes with those of its release", () => {
    for (const component of serving) {
      const constraints = pod(component).spec["topologySpreadConstraints"] as Record<string, unknown>[];
      expect(
        constraints.map(({ topologyKey }) => topologyKey),
        component,
      ).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
      for (const constraint of constraints)
        expect(constraint, component).toMatchObject({
          maxSkew: 1,
          labelSelector: { matchLabels: { "app.kubernetes.io/component": component } },
          matchLabelKeys: ["pod-template-hash"],
        });
    }
  });
});

test("the image's entry point is told the role; the page has an image of its own", () => {
  for (const component of components.filter((name) => name !== "web")) {
    expect(pod(component).container["args"], component).toEqual([component]);
    expect(pod(component).container["command"], component).toBeUndefined();
  }
  expect(pod("web").container["args"]).toBeUndefined();
});

describe("a browser", () => {
  test("runs on nodes of its own, all others elsewhere", () => {
    expect(pod("browser").spec).toMatchObject({
      nodeSelector: { "testfarm/pool": "browser" },
      tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
    });
    for (const { component, spec } of others())
      expect(spec, component).toMatchObject({ nodeSelector: {}, tolerations: [] });
  });

  test("makes its sandbox with a profile that is put onto its node", () => {
    const daemons = objectNamed(application, "DaemonSet", "seccomp-profile");
    const [mount] = (templateOf(daemons).spec.volumes ?? []).flatMap((volume) =>
      volume["hostPath"] ? [volume] : [],
    );
    const { path } = mount!["hostPath"] as { path: string };
    const { data } = objectNamed(application, "ConfigMap", "seccomp-profile") as unknown as { data: object };
    const [file] = Object.keys(data);
    expect(pod("browser").spec.securityContext?.["seccompProfile"]).toEqual({
      type: "Localhost",
      localhostProfile: `${path}/${file}`.replace("/var/lib/kubelet/seccomp/", ""),
    });
    for (const { component, spec } of others())
      expect(spec.securityContext?.["seccompProfile"], component).toEqual({ type: "RuntimeDefault" });
  });

  test("knows the way out by its address, as it has no name server, and holds nothing but its token", () => {
    expect(settings("browser")).toEqual({
      BROWSER_SESSIONS: "1",
      EGRESS_URL: "http://$(EGRESS_SERVICE_HOST):$(EGRESS_SERVICE_PORT)",
      LOG_LEVEL: "info",
      NODE_ENV: "production",
      PORT: "3001",
      SECRETS_DIR: "/run/secrets/testfarm",
    });
    expect(objectNamed(application, "Secret", "browser")["stringData"]).toEqual({
      BROWSER_TOKEN: "canary-token",
    });
    expect(pod("browser").spec["enableServiceLinks"]).toBe(true);
    for (const { component, spec } of others()) expect(spec["enableServiceLinks"], component).toBe(false);
    // The name of the variables is the Service's, which is there before the pod.
    expect(services.egress).toBe("egress");
    const browsers = resourcesOf(application, "Deployment").find(({ name }) => name.endsWith("-browser"))!;
    const egress = resourcesOf(application, "Service").find(({ name }) => name.endsWith("-egress"))!;
    const before = new Set<string>();
    const follow = (key: string) => {
      if (before.has(key)) return;
      before.add(key);
      application.resources.find((one) => one.key === key)?.dependsOn.forEach(follow);
    };
    browsers.dependsOn.forEach(follow);
    expect(before).toContain(egress.key);
  });

  test("has room in memory for what Chromium writes", () => {
    expect(pod("browser").spec.volumes).toContainEqual({
      name: "tmp",
      emptyDir: { medium: "Memory", sizeLimit: "512Mi" },
    });
  });
});

test("everything says whose it is, and nothing stands in the namespace default", () => {
  for (const { kind, metadata } of objectsOf(application)) {
    if (kind === "Namespace") continue;
    expect(["testfarm", "testfarm-nodes"], `${kind} ${metadata.name}`).toContain(metadata.namespace);
    expect(Object.keys(metadata.labels ?? {}), `${kind} ${metadata.name}`).toEqual(
      expect.arrayContaining(
        ["name", "component", "part-of", "managed-by"].map((label) => `app.kubernetes.io/${label}`),
      ),
    );
  }
});

test("the API is told where its edge says the visitor's address, if not where all proxies do", async () => {
  const recording = await start(() => ({ clientIpHeader: "X-Client-IP" }));
  const { env } = templateOf(objectNamed(recording, "Deployment", "api")).spec.containers[0] as any as {
    env: { name: string }[];
  };
  expect(env).toContainEqual({ name: "CLIENT_IP_HEADER", value: "X-Client-IP" });
});
