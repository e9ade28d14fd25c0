import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import { labels } from "../../contracts/docker-host.ts";
import { openEngine } from "../../docker/engine.ts";
import { type Project, stackFile } from "../../plan/project.ts";

/**
 * Removes containers of a stack whose making was cut off on this machine: they are not known to the stack, and keep its
 * networks and volumes. A server goes with all that is on it.
 *
 * @returns how many there were.
 */
export async function removeUnknown(project: Project, stack: string): Promise<number> {
  const config = parseConfig(readStackFile(stackFile(project, stack), project.name));
  if (config.tier !== "local") return 0;
  const engine = openEngine(`unix://${config.socket}`, []);
  const filters = { label: [`${labels.stack}=${project.name}-${stack}`] };
  const left = await engine.listContainers({ all: true, filters });
  for (const { Id } of left) await engine.getContainer(Id).remove({ force: true, v: true });
  return left.length;
}
