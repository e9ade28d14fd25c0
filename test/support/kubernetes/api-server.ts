import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../at-end.ts";
import { orInstall } from "../debian.ts";
import { openssl } from "../programs.ts";
import type { Service } from "../services.ts";
import { controlPlanePrograms, startControlPlane, type ControlPlane } from "./control-plane.ts";
import { startDaemon } from "./daemon.ts";
import { findPrograms, needsGo } from "./programs.ts";

export interface ApiServerOptions {
  /**
   * Whether kube-controller-manager runs too. Default: false. Without it a namespace that is deleted stays "Terminating",
   * and a Deployment makes no ReplicaSet.
   */
  readonly controllers?: boolean;
}

export type StartApiServer = (options?: ApiServerOptions) => Promise<ControlPlane>;

/** etcd and kube-apiserver on 127.0.0.1, for a suite that needs no pods. */
export const apiServers: Service<StartApiServer> = {
  name: "Kubernetes API server",
  needs: `${orInstall("openssl")} ${needsGo}`,
  async find() {
    const program = await openssl.find();
    const programs = program === undefined ? undefined : await findPrograms(controlPlanePrograms);
    if (program === undefined || programs === undefined) return undefined;
    return async ({ controllers = false } = {}) => {
      const directory = await mkdtemp(join(tmpdir(), "testfarm-kubernetes-"));
      atEnd(() => rm(directory, { recursive: true }));
      const { plane, startControllers } = await startControlPlane({
        programs,
        openssl: program,
        directory,
        start(name, command) {
          const daemon = startDaemon(join(directory, `${name}.log`), command);
          atEnd(daemon.end);
          return daemon;
        },
        address: "127.0.0.1",
        ports: { api: await freePort(), etcd: await freePort(), etcdPeers: await freePort() },
        services: "10.96.0.0/20",
      });
      if (controllers) startControllers();
      return plane;
    };
  },
};
