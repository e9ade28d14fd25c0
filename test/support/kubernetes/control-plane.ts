import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openClient, type Client } from "./client.ts";
import { kubeconfigOf, makeCredentials } from "./credentials.ts";
import type { Daemon } from "./daemon.ts";

export const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;

type Programs = Readonly<Record<(typeof controlPlanePrograms)[number], string>>;

/** Starts a program where the control plane is. */
export type StartProgram = (name: string, command: readonly string[]) => Daemon;

export interface ControlPlanePlace {
  readonly programs: Programs;
  readonly openssl: string;
  /** For all that it keeps; it is there. */
  readonly directory: string;
  readonly start: StartProgram;
  /** Of the API server. */
  readonly address: string;
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeers: number };
  /** `10.96.0.0/20`: its first address is the API server's own Service. */
  readonly services: string;
}

export interface ControlPlane extends Client {
  /** Path of a kubeconfig of an administrator, in JSON, with everything in it. Beside it are the programs' logs. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:6443`. */
  readonly address: string;
}

/** Starts etcd and kube-apiserver, which is ready then. @returns also how to start the controllers. */
export async function startControlPlane(
  place: ControlPlanePlace,
): Promise<{ readonly plane: ControlPlane; readonly startControllers: () => Daemon }> {
  const { programs, directory, start, address, ports } = place;
  const certificates = join(directory, "certificates");
  mkdirSync(certificates);
  const { token, tokens, accounts, frontProxy } = await makeCredentials(place.openssl, certificates);
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  start(
    "etcd",
    etcdCommand(programs.etcd, etcd, `http://127.0.0.1:${ports.etcdPeers}`, join(directory, "etcd")),
  );
  const server = start("kube-apiserver", [
    programs["kube-apiserver"],
    `--etcd-servers=${etcd}`,
    `--bind-address=${address}`,
    `--secure-port=${ports.api}`,
    `--cert-dir=${certificates}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${accounts.publicKey}`,
    `--service-account-signing-key-file=${accounts.privateKey}`,
    `--token-auth-file=${tokens}`,
    "--authorization-mode=RBAC",
    `--service-cluster-ip-range=${place.services}`,
    "--allow-privileged=true",
    "--kubelet-preferred-address-types=InternalIP",
    `--requestheader-client-ca-file=${frontProxy.certificate}`,
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${frontProxy.certificate}`,
    `--proxy-client-key-file=${frontProxy.key}`,
  ]);

  const url = `https://${address}:${ports.api}`;
  const kubeconfig = join(directory, "kubeconfig");
  const client = openClient(programs.kubectl, kubeconfig);
  // The server makes it, its own certificate and the authority's.
  const authority = join(certificates, "apiserver.crt");
  await server.ready(async () => {
    writeFileSync(kubeconfig, kubeconfigOf(url, readFileSync(authority), token), { mode: 0o600 });
    await client.kubectl("get", "--raw", "/readyz");
  });
  return {
    plane: { ...client, kubeconfig, address: url },
    startControllers: () =>
      start("kube-controller-manager", [
        programs["kube-controller-manager"],
        `--kubeconfig=${kubeconfig}`,
        "--leader-elect=false",
        "--secure-port=0",
        `--service-account-private-key-file=${accounts.privateKey}`,
        `--root-ca-file=${authority}`,
      ]),
  };
}

const etcdCommand = (program: string, clients: string, peers: string, data: string): string[] => [
  program,
  `--data-dir=${data}`,
  `--listen-client-urls=${clients}`,
  `--advertise-client-urls=${clients}`,
  `--listen-peer-urls=${peers}`,
  `--initial-advertise-peer-urls=${peers}`,
  `--initial-cluster=default=${peers}`,
  // What it keeps is of no worth after a crash.
  "--unsafe-no-fsync",
];
