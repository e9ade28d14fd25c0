/** Our own provider: what no vendor's does. */
import type Docker from "dockerode";
import type { Failure, Provider, Resource } from "./contract.ts";
import { openEngine } from "../../infra/docker/engine.ts";
import { finished } from "./docker/finished.ts";
import { freePort } from "./docker/free-port.ts";
import { rollout } from "./docker/rollout.ts";
import { slot } from "./docker/slot.ts";
import { hostKey } from "./ssh/host-key.ts";
import { accountFailures, openAccount } from "./vendor/account.ts";
import type { Vendor } from "./vendor/kind.ts";
import { resourceOf, type VendorSession } from "./vendor/resource.ts";
import { packageSchema } from "./vendor/schema.ts";
import { vendors } from "./vendors/index.ts";
import { unknown } from "./wire.ts";

/** What the resources of a Docker engine work with. */
export interface DockerSession {
  /** The engine of the provider's configuration, connected to when it is first asked for. @throws when that has none. */
  readonly engine: () => Docker;
  /** Whether it runs on this machine. */
  readonly isLocal: boolean;
}
export type Session = DockerSession & VendorSession;

const resources: Readonly<Record<string, unknown>> = {
  "testfarm:docker:FreePort": freePort,
  "testfarm:docker:Slot": slot,
  "testfarm:docker:Rollout": rollout,
  "testfarm:docker:Finished": finished,
  "testfarm:ssh:HostKey": hostKey,
  ...Object.fromEntries(
    Object.entries<Vendor>(vendors).flatMap(([vendor, { kinds }]) =>
      Object.entries(kinds).map(([name, kind]) => [
        `testfarm:${vendor}:${name}`,
        resourceOf(vendor, name, kind),
      ]),
    ),
  ),
};

const meta = { name: "testfarm", version: "0.1.0" };

export const testfarm: Provider<Session> = {
  ...meta,
  schema: () => JSON.stringify(packageSchema(meta, vendors)),
  checkConfig({ engine, ...account }): readonly Failure[] {
    if (engine === undefined) return accountFailures(account);
    if (typeof engine === "string" && (engine === unknown || /^(unix|ssh):\/\//.test(engine))) return [];
    const reason = `engine is ${JSON.stringify(engine)}; it must be an address such as unix:///var/run/docker.sock or ssh://user@host`;
    return [{ property: "engine", reason }];
  },
  configure({ engine, sshOptions, ...account }) {
    let opened: Docker | undefined;
    return {
      api: openAccount(account),
      isLocal: String(engine).startsWith("unix:"),
      engine() {
        if (engine === undefined) throw new Error("This resource needs a provider that names an engine.");
        return (opened ??= openEngine(String(engine), JSON.parse(String(sshOptions ?? "[]")) as string[]));
      },
    };
  },
  resource: (type) => resources[type] as Resource<Session> | undefined,
};
