import { beforeAll, expect, test } from "vitest";
import type { Recording } from "../../../infra/testing/index.ts";
import {
  applicationArgs,
  digest,
  objectNamed,
  objectOf,
  resourcesOf,
  sizes,
  start,
  variables,
} from "./recording.ts";

let application: Recording;
beforeAll(async () => {
  application = await start();
});
const spec = (kind: string, name: string, recording = application) =>
  objectNamed(recording, kind, name)["spec"] as any;
const job = (recording: Recording) => objectOf(resourcesOf(recording, "Job")[0]!) as any;

const strategy = (maxUnavailable: number | string) => ({
  type: "RollingUpdate",
  rollingUpdate: { maxSurge: 1, maxUnavailable },
});
const service = (component: string, port: number, more = {}) => ({
  type: "ClusterIP",
  ...more,
  selector: { "app.kubernetes.io/name": "testfarm", "app.kubernetes.io/component": component },
  ports: [{ name: "http", port, targetPort: "http", appProtocol: "http" }],
});
const name = (recording: Recording): string => job(recording).metadata.name;

test("a release takes pods away only where new ones are there; of many browsers, which may fill their nodes, a tenth", () => {
  for (const component of ["api", "web", "worker", "egress"])
    expect(spec("Deployment", component).strategy, component).toEqual(strategy(0));
  expect(spec("Deployment", "browser").strategy).toEqual(strategy("10%"));
});

test("there are as many pods as the size says; how many are scaled nobody else says", () => {
  for (const component of ["api", "web", "egress"] as const)
    expect(spec("Deployment", component).replicas, component).toBe(sizes[component].replicas);
  for (const component of ["worker", "browser"])
    expect(spec("Deployment", component), component).not.toHaveProperty("replicas");
});

test("a drain takes one pod of those that serve, and a quarter of those that hand their sessions on", () => {
  for (const [component, maxUnavailable] of [
    ["api", 1],
    ["web", 1],
    ["egress", 1],
    ["worker", "25%"],
    ["browser", "25%"],
  ] as const)
    expect(spec("PodDisruptionBudget", component), component).toEqual({
      maxUnavailable,
      selector: {
        matchLabels: { "app.kubernetes.io/name": "testfarm", "app.kubernetes.io/component": component },
      },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  expect(resourcesOf(application, "PodDisruptionBudget")).toHaveLength(5);
});

test("each component is found under its name; that of browsers has all of them", () => {
  expect(spec("Service", "api")).toEqual(service("api", 3001));
  expect(spec("Service", "web")).toEqual(service("web", 8080));
  expect(spec("Service", "browser")).toEqual(service("browser", 3001, { clusterIP: "None" }));
  expect(spec("Service", "egress")).toEqual(
    service("egress", 3001, { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] }),
  );
  // Pods need some of them before there are any.
  for (const resource of resourcesOf(application, "Service"))
    expect(objectOf(resource).metadata.annotations, resource.name).toEqual({
      "pulumi.com/skipAwait": "true",
    });
});

test("the selector of a Deployment, which cannot change, is of labels that never do", () => {
  for (const resource of resourcesOf(application, "Deployment")) {
    const { selector, template } = objectOf(resource)["spec"] as any;
    expect(Object.keys(selector.matchLabels), resource.name).toEqual([
      "app.kubernetes.io/component",
      "app.kubernetes.io/name",
    ]);
    expect(template.metadata.labels, resource.name).toMatchObject(selector.matchLabels);
  }
});

test("migrations run once, try again a few times, and are not waited for without end", () => {
  const { metadata, spec: run } = job(application);
  expect(metadata.name).toMatch(/^migrate-[\da-f]{10}$/);
  expect(run).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 900 });
  expect(run).not.toHaveProperty("ttlSecondsAfterFinished");
  expect(run.template.spec.restartPolicy).toBe("Never");
  // One that failed has to be made anew, though it is the same.
  expect(metadata.annotations).toEqual({ "pulumi.com/replaceUnready": "true" });
});

test("another image or setting is another migration; the same release is the same", async () => {
  const first = name(application);
  expect(name(await start())).toBe(first);
  const { images } = applicationArgs();
  const others = [
    await start(() => ({ images: { ...images, app: `ghcr.io/acme/testfarm${digest("c")}` } })),
    await start(() => ({
      variables: { ...variables, migrate: { ...variables.migrate, LOG_LEVEL: "debug" } },
    })),
  ].map(name);
  expect(new Set([first, ...others]).size).toBe(3);
  // The page's image is none of its concern.
  expect(name(await start(() => ({ images: { ...images, web: `ghcr.io/acme/web${digest("c")}` } })))).toBe(
    first,
  );
});
