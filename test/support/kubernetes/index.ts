/**
 * A real Kubernetes for tests. Suites that use it are in `test/kubernetes/` and run by `npm run test:kubernetes`: its
 * programs are built once a machine, in about a quarter of an hour. Everything ends with the test file.
 *
 * - `apiServers`: etcd and the API server, and the controllers if asked for. What it takes: schemas, admission, RBAC,
 *   custom resources. No pod ever runs. No root is needed. Ready in a few seconds.
 * - `clusters`: the same with nodes on which pods run, with Services, cluster DNS and volumes. Needs root and a Docker
 *   engine, and goes together with it. Ready in about ten seconds.
 * - `kubernetesProvider()`: path of Pulumi's real provider, `pulumi-resource-kubernetes`, for the PATH of an engine.
 * - `findPrograms()`: paths of others that are built: `kubectl`, KEDA's, CloudNativePG's. `filesOf()`: what is published
 *   with them.
 *
 * A suite of the API server:
 *
 *     await describeWith(apiServers, "objects of the tier", (startApiServer) => {
 *       let api: ControlPlane;
 *       beforeAll(async () => {
 *         api = await startApiServer({ controllers: true });
 *       });
 *       test("...", async () => {
 *         await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "farm" } });
 *         expect(await api.get("namespace", "farm")).toMatchObject({ status: { phase: "Active" } });
 *       });
 *     });
 */
import { filesOf, findPrograms, needsGo } from "./programs.ts";

export { apiServers } from "./api-server.ts";
export type { KubernetesObject } from "./client.ts";
export { clusters, type Cluster } from "./cluster.ts";
export type { ControlPlane } from "./control-plane.ts";
export { busyboxImage } from "./images.ts";
export { filesOf, findPrograms };

/** @throws where it cannot be built. */
export async function kubernetesProvider(): Promise<string> {
  const program = "pulumi-resource-kubernetes";
  const found = await findPrograms([program]);
  if (found === undefined) throw new Error(`There is no ${program} here. ${needsGo}`);
  return found[program];
}
