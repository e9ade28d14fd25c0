/** Starts a cluster and says where it is, for a test that kills this process. */
import { clusters } from "../support/kubernetes/index.ts";

const startCluster = await clusters.find();
if (startCluster === undefined) throw new Error(clusters.needs);
const { kubeconfig, host } = await startCluster({ nodes: 1 });
console.log(JSON.stringify({ kubeconfig, host }));
setInterval(() => undefined, 60_000);
