import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asRoot } from "../docker/engine.ts";
import { rootCommand } from "../root.ts";
import type { ControlPlane } from "./control-plane.ts";
import { startDaemon } from "./daemon.ts";
import { startMachine, type Machine } from "./machine.ts";
import { containerdConfig, kubeletConfig, networkConfig, proxyConfig, shownSettings } from "./node-config.ts";
import { plugInNode, type ClusterNetwork } from "./network.ts";
import { makeVolumes } from "./volumes.ts";

export const nodePrograms = ["kubelet", "kube-proxy"] as const;

export interface NodeOptions {
  readonly name: string;
  readonly index: number;
  /** How many nodes there are. */
  readonly count: number;
  /** On which the control plane runs. */
  readonly outer: Machine;
  readonly network: ClusterNetwork;
  readonly plane: ControlPlane;
  readonly programs: Readonly<Record<(typeof nodePrograms)[number] | "containerd" | "ctr", string>>;
  /** Directory of CNI's programs. */
  readonly plugins: string;
  /** Path of an archive with the image of a pod's sandbox, and the image's name on the Docker engine. */
  readonly sandbox: { readonly archive: string; readonly image: string };
  /** For all that the node keeps; it is there. */
  readonly directory: string;
}

export interface Node {
  readonly name: string;
  readonly address: string;
  /** Gives it an image from an archive of `docker save`. @returns the image's name by digest. */
  readonly importImage: (archive: string, name: string) => Promise<string>;
}

/** A machine with containerd, kubelet and kube-proxy, on which pods start. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { name, index, network, plane, programs, directory } = options;
  const { address, pods } = network.node(index);
  const file = (path: string, content: unknown): string => {
    writeFileSync(join(directory, path), typeof content === "string" ? content : JSON.stringify(content));
    return join(directory, path);
  };
  for (const each of ["lib", "log", "settings", "cni"]) mkdirSync(join(directory, each));
  await plane.apply(...makeVolumes(name, join(directory, "lib")));
  file("cni/10-testfarm.conflist", networkConfig(pods));

  const machine = await startMachine({ setUp: setUp(name, directory), enter: options.outer.enter });
  await plugInNode(network, options.outer, machine, index, options.count);
  const start = (program: "containerd" | (typeof nodePrograms)[number], ...args: string[]) =>
    startDaemon(join(directory, `${program}.log`), rootCommand(machine.enter(programs[program], ...args)));
  const ctr = (...args: string[]) =>
    machine.enter(programs.ctr, "--namespace=k8s.io", ...args) as [string, ...string[]];

  const containerd = start(
    "containerd",
    `--config=${file("containerd.toml", containerdConfig(`docker.io/library/${options.sandbox.image}`, options.plugins, join(directory, "cni")))}`,
  );
  await containerd.ready(() => asRoot(...ctr("version")));
  const importImage: Node["importImage"] = async (archive, image) => {
    const said = await asRoot(...ctr("images", "import", archive));
    // What an engine saves has no digest that a registry would know: it is that of the manifest which is made here.
    const [, digest] = /\((sha256:[\da-f]{64})\)/.exec(said) ?? [];
    const named = `docker.io/library/${image}`;
    const byDigest = `${named.replace(/:[^:]*$/, "")}@${digest}`;
    await asRoot(...ctr("images", "tag", "--force", named, byDigest));
    return byDigest;
  };
  await importImage(options.sandbox.archive, options.sandbox.image);
  const kubelet = start(
    "kubelet",
    `--config=${file("kubelet.json", kubeletConfig(`/${network.name}/${name}`, network.dns))}`,
    `--kubeconfig=${plane.kubeconfig}`,
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
    `--node-labels=topology.kubernetes.io/region=here,topology.kubernetes.io/zone=zone-${index + 1}`,
  );
  const proxy = start(
    "kube-proxy",
    `--config=${file("kube-proxy.json", proxyConfig(plane.kubeconfig, name, network.pods))}`,
  );
  await kubelet.ready(() => plane.kubectl("wait", "--for=condition=Ready", `node/${name}`, "--timeout=5s"));
  await proxy.ready(async () => {
    const { status } = await fetch(`http://${address}:10256/healthz`);
    if (status !== 200) throw new Error(`kube-proxy answers with ${status}`);
  });
  return { name, address, importImage };
}

/** With places of its own where programs keep state, so that they all keep it where they always do. */
function setUp(name: string, directory: string): string {
  const settings = Object.entries(shownSettings).map(([path, value], index) => {
    const shown = join(directory, "settings", `${index}`);
    writeFileSync(shown, `${value}\n`);
    return `mount --bind ${shown} /proc/sys/${path}`;
  });
  return `
hostname ${name}
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount --bind ${join(directory, "lib")} /var/lib
mount --bind ${join(directory, "log")} /var/log
${settings.join("\n")}`;
}
