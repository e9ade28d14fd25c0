import type { Client, KubernetesObject } from "../kubernetes/client.ts";
import { definitions } from "./index.ts";

/**
 * Lets an API server know custom resources of other projects, by their definitions; it takes objects of them then.
 *
 * @param groups whose, such as `keda.sh`. Default: all of them.
 */
export async function define(
  api: Pick<Client, "apply" | "kubectl">,
  groups?: readonly string[],
): Promise<void> {
  const used = definitions.filter(({ spec }) => groups === undefined || groups.includes(spec.group));
  await api.apply(...(used as unknown as KubernetesObject[]));
  await api.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
}
