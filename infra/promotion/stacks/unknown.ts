import type { NetworkInspectInfo } from "dockerode";
import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import { labels } from "../../contracts/docker-host.ts";
import { openEngine } from "../../docker/engine.ts";
import { type Project, stackFile } from "../../plan/project.ts";

/** Of a stack on this machine; `undefined` of another one. */
function engineOf(project: Project, stack: string) {
  const config = parseConfig(readStackFile(stackFile(project, stack), project.name));
  if (config.tier !== "local") return undefined;
  const engine = openEngine(`unix://${config.socket}`, []);
  const filters = { label: [`${labels.stack}=${project.name}-${stack}`] };
  return {
    /** @returns how many there were. */
    async removeContainers(isLeft: (id: string) => boolean): Promise<number> {
      const left = (await engine.listContainers({ all: true, filters })).filter(({ Id }) => isLeft(Id));
      for (const { Id } of left) await engine.getContainer(Id).remove({ force: true, v: true });
      return left.length;
    },
    /** @returns how many there were. */
    async removeNetworks(isLeft: (network: NetworkInspectInfo) => boolean): Promise<number> {
      const left = (await engine.listNetworks()).filter(isLeft);
      for (const { Id } of left) await engine.getNetwork(Id).remove();
      return left.length;
    },
  };
}

/**
 * Removes what is left of a stack on this machine whose making was cut off, and which is not known to the stack therefore: all
 * of its containers, and networks.
 *
 * @param networks names of those whose making was begun.
 * @returns how many there were; `undefined` where it is not on this machine. A server goes with all that is on it.
 */
export async function removeUnknown(
  project: Project,
  stack: string,
  networks: readonly string[],
): Promise<number | undefined> {
  const own = engineOf(project, stack);
  if (own === undefined) return undefined;
  const containers = await own.removeContainers(() => true);
  return containers + (await own.removeNetworks(({ Name }) => networks.includes(Name)));
}

/**
 * Removes such containers and networks that keep their names from being given again.
 *
 * @param refusal what the engine has said: `Conflict. The container name "/a" is already in use by container "68ee24..."`,
 * `network with name a already exists`.
 * @param known ids of those that the stack knows of.
 * @returns how many there were.
 */
export async function removeConflicting(
  project: Project,
  stack: string,
  refusal: string,
  known: readonly string[],
): Promise<number> {
  const inRefusal = (pattern: RegExp) => [...refusal.matchAll(pattern)].map(([, name]) => name!);
  const containers = inRefusal(/already in use by container \\?"([\da-f]+)/g);
  const networks = inRefusal(/network with name ([\w.-]+) already exists/g);
  const own = containers.length + networks.length > 0 ? engineOf(project, stack) : undefined;
  if (own === undefined) return 0;
  const removed = await own.removeContainers((id) => containers.includes(id) && !known.includes(id));
  const isLeft = ({ Id, Name }: NetworkInspectInfo) => networks.includes(Name) && !known.includes(Id);
  return removed + (await own.removeNetworks(isLeft));
}
