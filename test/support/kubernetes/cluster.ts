import { mkdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { atEnd } from "../at-end.ts";
import { findOrInstall, orInstall } from "../debian.ts";
import { asRoot, docker, type Docker } from "../docker/engine.ts";
import { openssl } from "../programs.ts";
import { rootCan, rootCommand } from "../root.ts";
import type { Service } from "../services.ts";
import {
  controlPlanePrograms,
  startControlPlane,
  type ControlPlane,
  type StartProgram,
} from "./control-plane.ts";
import { startDaemon } from "./daemon.ts";
import { startDns } from "./dns.ts";
import { buildBusybox, busyboxImage, withArchive } from "./images.ts";
import { startMachine, type Machine } from "./machine.ts";
import { claimNetwork, releaseNetwork, plugIn, switchUp, type ClusterNetwork } from "./network.ts";
import { nodePrograms, startNode, type Node } from "./node.ts";
import { findPrograms, needsGo } from "./programs.ts";
import { storageClass } from "./volumes.ts";

export interface ClusterOptions {
  /**
   * Each is in a zone of its own, `zone-1` and on, and has ten volumes for claims. Each has all of this machine: together
   * they seem to have more than there is. Default: 2.
   */
  readonly nodes?: number;
}

export interface Cluster extends ControlPlane {
  /** Address by which pods reach this machine: what listens on 127.0.0.1 here, on the same port. */
  readonly host: string;
  /** From this machine their addresses can be reached, and so can those of pods and Services. */
  readonly nodes: readonly Pick<Node, "name" | "address">[];
  /**
   * Gives every node an image of this machine's Docker engine, which has a tag. A pod wants it with any `imagePullPolicy` but
   * `Always`.
   *
   * @returns its name by digest, which a pod may ask for as well.
   */
  readonly loadImage: (name: string) => Promise<string>;
}

export type StartCluster = (options?: ClusterOptions) => Promise<Cluster>;

/** Debian's packages, each with a program of it. CNI's are not where programs are otherwise. */
const packages = {
  containerd: "containerd",
  "../lib/cni/bridge": "containernetworking-plugins",
  busybox: "busybox-static",
  ip: "iproute2",
  nft: "nftables",
} as const;

interface Found {
  readonly docker: Docker;
  readonly openssl: string;
  readonly installed: Readonly<Record<keyof typeof packages, string>>;
  readonly built: Readonly<Record<(typeof programNames)[number], string>>;
}

const programNames = [...controlPlanePrograms, ...nodePrograms, "kube-scheduler", "coredns"] as const;

/** A control plane with nodes, all on this machine. */
export const clusters: Service<StartCluster> = {
  name: "Kubernetes cluster",
  needs:
    `Root is needed, a Docker engine, and some programs. ${orInstall(["openssl", ...Object.values(packages)].join(" "))} ` +
    needsGo,
  async find() {
    const installed: Partial<Record<keyof typeof packages, string>> = {};
    for (const [program, name] of Object.entries(packages)) {
      const path = await findOrInstall(program, name);
      if (path === undefined) return undefined;
      installed[program as keyof typeof packages] = path;
    }
    if (!(await rootCan("unshare", "--net", "--mount", "--pid", "--fork", "true"))) return undefined;
    const [engine, certifier] = [await docker.find(), await openssl.find()];
    if (engine === undefined || certifier === undefined) return undefined;
    const built = await findPrograms(programNames);
    if (built === undefined) return undefined;
    const found = { docker: engine, openssl: certifier, installed: installed as Found["installed"], built };
    return (options) => start(found, options);
  },
};

async function start(found: Found, { nodes: count = 2 }: ClusterOptions = {}): Promise<Cluster> {
  const { built } = found;
  const network = await claimNetwork();
  const directory = await mkdtemp(join(tmpdir(), "testfarm-kubernetes-"));
  const names = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
  const machine = await openMachine(network, directory, names);
  const startProgram: StartProgram = (name, command) =>
    startDaemon(join(directory, `${name}.log`), rootCommand(machine.enter(...command)));
  const { plane, startControllers } = await startControlPlane({
    programs: built,
    openssl: found.openssl,
    directory,
    start: startProgram,
    address: network.controlPlane,
    ports: { api: 6443, etcd: 2379, etcdPeers: 2380 },
    services: network.services,
  });
  startControllers();
  startProgram("kube-scheduler", [
    built["kube-scheduler"],
    `--kubeconfig=${plane.kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
  ]);
  await startDns(built.coredns, directory, network, plane, startProgram);
  await plane.apply(storageClass);
  const nodes = await startNodes(found, { machine, network, plane, directory }, names);
  // A pod needs one.
  await plane.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=60s");
  return {
    ...plane,
    host: network.host,
    nodes,
    async loadImage(name) {
      const [byDigest] = await withArchive(found.docker, name, directory, (archive) =>
        Promise.all(nodes.map((node) => node.importImage(archive, name))),
      );
      return byDigest!;
    },
  };
}

/** Where the control plane runs, and inside of it the nodes: with it all of the cluster goes. */
async function openMachine(
  network: ClusterNetwork,
  directory: string,
  nodes: readonly string[],
): Promise<Machine> {
  const machine = await startMachine({
    setUp: switchUp(network),
    cleanUp: `
for each in ${hierarchies}; do find "$each/${network.name}" -depth -type d -exec rmdir {} + ; done 2>/dev/null
rm -rf --one-file-system ${directory}
${releaseNetwork(network)}`,
  });
  atEnd(machine.end);
  await plugIn(network, machine, nodes.length);
  // The kubelet wants its own to be there.
  const groups = nodes.map((name) => `"$each/${network.name}/${name}"`).join(" ");
  await asRoot("sh", "-ec", `for each in ${hierarchies}; do mkdir -p ${groups}; done`);
  await asRoot("sh", "-ec", weigh(network.name));
  return machine;
}

/** Where this machine's control groups are: one place, or with version 1 many. */
const hierarchies = "$(findmnt -rno TARGET -t cgroup,cgroup2)";

/**
 * A script by which the pods weigh as much as sixteen processes of this machine. By default all of them together weigh as
 * much as one, and on a machine that has something else to do they stand still.
 */
const weigh = (name: string) => `
for each in ${hierarchies}; do
  [ -e "$each/${name}/cpu.shares" ] && echo 16384 > "$each/${name}/cpu.shares"
  [ -e "$each/${name}/cpu.weight" ] && echo 1600 > "$each/${name}/cpu.weight"
done || true`;

interface Started {
  readonly machine: Machine;
  readonly network: ClusterNetwork;
  readonly plane: ControlPlane;
  readonly directory: string;
}

async function startNodes(
  { docker: engine, installed, built }: Found,
  { machine, network, plane, directory }: Started,
  names: readonly string[],
): Promise<Node[]> {
  await buildBusybox(engine, installed.busybox);
  const { containerd } = installed;
  return withArchive(engine, busyboxImage, directory, (archive) =>
    Promise.all(
      names.map((name, index) => {
        mkdirSync(join(directory, name));
        return startNode({
          name,
          index,
          count: names.length,
          outer: machine,
          network,
          plane,
          programs: { ...built, containerd, ctr: join(dirname(containerd), "ctr") },
          plugins: dirname(installed["../lib/cni/bridge"]),
          sandbox: { archive, image: busyboxImage },
          directory: join(directory, name),
        });
      }),
    ),
  );
}
