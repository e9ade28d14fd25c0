/** Our own provider: what no vendor's does. */
import type Docker from "dockerode";
import type { Failure, Provider, Resource } from "./contract.ts";
import { openEngine } from "../../infra/docker/engine.ts";
import { finished } from "./docker/finished.ts";
import { freePort } from "./docker/free-port.ts";
import { rollout } from "./docker/rollout.ts";
import { slot } from "./docker/slot.ts";
import { hostKey } from "./ssh/host-key.ts";
import { unknown } from "./wire.ts";

/** What the resources work with. */
export interface Session {
  /** The engine of the provider's configuration, connected to when it is first asked for. @throws when that has none. */
  readonly engine: () => Docker;
  /** Whether it runs on this machine. */
  readonly isLocal: boolean;
}

const resources: Readonly<Record<string, unknown>> = {
  "testfarm:docker:FreePort": freePort,
  "testfarm:docker:Slot": slot,
  "testfarm:docker:Rollout": rollout,
  "testfarm:docker:Finished": finished,
  "testfarm:ssh:HostKey": hostKey,
};

export const testfarm: Provider<Session> = {
  name: "testfarm",
  version: "0.1.0",
  checkConfig({ engine }): readonly Failure[] {
    if (engine === undefined) return [];
    if (typeof engine === "string" && (engine === unknown || /^(unix|ssh):\/\//.test(engine))) return [];
    const reason = `engine is ${JSON.stringify(engine)}; it must be an address such as unix:///var/run/docker.sock or ssh://user@host`;
    return [{ property: "engine", reason }];
  },
  configure({ engine, sshOptions }) {
    let opened: Docker | undefined;
    return {
      isLocal: String(engine).startsWith("unix:"),
      engine() {
        if (engine === undefined) throw new Error("This resource needs a provider that names an engine.");
        return (opened ??= openEngine(String(engine), JSON.parse(String(sshOptions ?? "[]")) as string[]));
      },
    };
  },
  resource: (type) => resources[type] as Resource<Session> | undefined,
};
