import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { Scratch } from "../contracts/access.ts";
import { backupDirectory, labels } from "../contracts/docker-host.ts";
import { unlessGone } from "./one-shot.ts";

/** By which a volume is known that a command has made, and would remove unless it was killed. */
const service = "scratch";

/**
 * A volume that the engine gives to the user of the application's image, since that image has a directory of theirs in the
 * same place. What an earlier command has left goes, unless something uses it.
 *
 * @param label of the stack.
 */
export async function createScratch(engine: Docker, label: string): Promise<Scratch> {
  const marks = { [labels.stack]: label, [labels.service]: service };
  const filters = { label: Object.entries(marks).map(([name, value]) => `${name}=${value}`) };
  for (const { Name } of (await engine.listVolumes({ filters: JSON.stringify(filters) })).Volumes)
    await unlessGone(engine.getVolume(Name).remove());
  const name = `${label}-${service}-${randomBytes(4).toString("hex")}`;
  await engine.createVolume({ Name: name, Labels: marks });
  return {
    name,
    directory: backupDirectory,
    async remove() {
      await engine.getVolume(name).remove();
    },
  };
}
