/** What a Kubernetes is made of, each program built from the module of its own project. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findOrBuild, moduleFiles, oldestGo, type GoProgram } from "../go-program.ts";

/** For the `needs` of what is made of these. */
export const needsGo = `Its programs are built once, by Go ${oldestGo.join(".")} or newer (https://go.dev/dl/).`;

const directory = (name: string) => join(import.meta.dirname, name);

/** As its own build writes it: `kubectl` and the kubelet compare versions. */
function kubernetesFlags(version: string): string[] {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(version) ?? [];
  const stamped = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(stamped).map(
    ([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`,
  );
  return ["-ldflags", ["-w -s", ...stamps].join(" ")];
}

const ofKubernetes = (name: string): GoProgram => ({
  name,
  directory: directory("programs"),
  module: "k8s.io/kubernetes",
  package: `cmd/${name}`,
  cachedAs: "kubernetes",
  flags: kubernetesFlags,
});

const ofKeda = (file: string): GoProgram => ({
  name: `KEDA's ${file}`,
  directory: directory("keda"),
  module: "github.com/kedacore/keda/v2",
  package: `cmd/${file}`,
  cachedAs: "keda",
});

const sdk = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../node_modules/@pulumi/kubernetes/package.json"), "utf8"),
) as { readonly version: string };

const programs = {
  etcd: {
    name: "etcd",
    directory: directory("etcd"),
    module: "go.etcd.io/etcd/server/v3",
    package: "",
    file: "etcd",
    cachedAs: "etcd",
  },
  "kube-apiserver": ofKubernetes("kube-apiserver"),
  "kube-controller-manager": ofKubernetes("kube-controller-manager"),
  "kube-scheduler": ofKubernetes("kube-scheduler"),
  kubelet: ofKubernetes("kubelet"),
  "kube-proxy": ofKubernetes("kube-proxy"),
  kubectl: ofKubernetes("kubectl"),
  coredns: {
    name: "CoreDNS",
    directory: directory("coredns"),
    module: "github.com/coredns/coredns",
    package: ".",
    file: "coredns",
    cachedAs: "coredns",
  },
  "pulumi-resource-kubernetes": {
    name: "Kubernetes provider of Pulumi",
    directory: directory("provider"),
    module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    package: ".",
    file: "pulumi-resource-kubernetes",
    // It says that it is of the SDK's version: the engine warns of another.
    cachedAs: `kubernetes-provider-${sdk.version}`,
    flags: () => ["-ldflags", `-w -s -X main.version=${sdk.version}`],
    embeds: { "schema.json": "cmd/pulumi-resource-kubernetes/schema.json" },
  },
  "keda-operator": ofKeda("operator"),
  "keda-adapter": ofKeda("adapter"),
  "cloudnative-pg": {
    name: "CloudNativePG's manager",
    directory: directory("cloudnative-pg"),
    module: "github.com/cloudnative-pg/cloudnative-pg",
    package: "cmd/manager",
    cachedAs: "cloudnative-pg",
  },
  "barman-cloud": {
    name: "CloudNativePG's plugin for backups",
    directory: directory("barman-cloud"),
    module: "github.com/cloudnative-pg/plugin-barman-cloud",
    package: "cmd/manager",
    cachedAs: "plugin-barman-cloud",
  },
} as const satisfies Readonly<Record<string, GoProgram>>;

type ProgramName = keyof typeof programs;

/** @returns the path of each program, built now or before; `undefined` where one of them cannot be built. */
export async function findPrograms<Name extends ProgramName>(
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>> | undefined> {
  const found: Partial<Record<Name, string>> = {};
  // One after the other: each uses all processors.
  for (const name of names) {
    const path = await findOrBuild(programs[name]);
    if (path === undefined) return undefined;
    found[name] = path;
  }
  return found as Record<Name, string>;
}

/** @returns the directory of the files that a program's project has beside it, its manifests among them. */
export const filesOf = (name: ProgramName): Promise<string> => moduleFiles(programs[name]);
