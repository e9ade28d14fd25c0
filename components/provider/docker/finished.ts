import type { Resource } from "../contract.ts";
import type { DockerSession } from "../testfarm.ts";
import { withLastLines } from "./containers.ts";

export type FinishedInputs = {
  /** Service that the container belongs to, for messages. */
  service: string;
  /** Its id. */
  container: string;
};

/**
 * Done when a container that runs once has ended with exit code 0, and failed with its last lines when it ended with
 * another: of `@pulumi/docker`'s `attach` the exit code is not heard.
 */
export const finished: Resource<DockerSession, FinishedInputs, Record<never, never>> = {
  outputs: [],
  async create(inputs, { session }) {
    await finish(session, inputs);
    return { id: inputs.service, outputs: {} };
  },
  async update(_, inputs, __, { session }) {
    await finish(session, inputs);
    return {};
  },
  async delete() {},
};

async function finish({ engine }: DockerSession, { service, container: id }: FinishedInputs): Promise<void> {
  const container = engine().getContainer(id);
  const { State } = await container.inspect();
  // An update that failed on it is tried again.
  if (!State.Running && State.ExitCode !== 0) await container.start();
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  if (StatusCode === 0) return;
  throw new Error(await withLastLines(engine(), id, `${service} ended with exit code ${StatusCode}`));
}
