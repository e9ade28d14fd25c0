/** The Docker provider on a real engine. What a program may say is checked by the SDK's types, as everywhere here. */
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import type { Properties, Provider, Resource } from "../../../../components/provider/contract.ts";
import { openEngine } from "../../../../infra/docker/engine.ts";
import { standIn } from "../provider.ts";
import type { Sdk } from "../sdk-types.ts";
import type { World } from "../world.ts";
import {
  type ContainerInputs,
  createContainer,
  deleteContainer,
  readContainer,
  unlessGone,
  updateContainer,
} from "./container.ts";

interface Session {
  readonly world: World;
  readonly engine: () => Docker;
}

type Life = Pick<Resource<Session>, "create" | "read" | "update" | "delete">;

const lives: Readonly<Record<string, Life>> = {
  "docker:index/container:Container": {
    async create(inputs, { session, name }) {
      return createContainer(session.engine(), inputs as ContainerInputs, name);
    },
    async read(id, { inputs, state }, { session }) {
      const found = await readContainer(session.engine(), id, inputs as ContainerInputs);
      return found && { inputs: found, outputs: { name: state["name"] } };
    },
    async update(id, inputs, old, { session }) {
      await updateContainer(session.engine(), id, inputs as ContainerInputs);
      return { name: old["name"] };
    },
    async delete(id, old, { session }) {
      await deleteContainer(session.engine(), id, old as ContainerInputs);
    },
  },
  "docker:index/network:Network": {
    async create({ name, driver, internal }, { session }) {
      const { id } = await session.engine().createNetwork({
        Name: String(name),
        Driver: String(driver),
        Internal: internal === true,
        CheckDuplicate: true,
      });
      return { id, outputs: {} };
    },
    async read(id, { inputs }, { session }) {
      return present(session.engine().getNetwork(id).inspect(), inputs);
    },
    async delete(id, _, { session }) {
      await unlessGone(session.engine().getNetwork(id).remove());
    },
  },
  "docker:index/volume:Volume": {
    async create({ name, driver = "local", driverOpts = {} }, { session }) {
      const options = driverOpts as Record<string, string>;
      await session
        .engine()
        .createVolume({ Name: String(name), Driver: String(driver), DriverOpts: options });
      return { id: String(name), outputs: {} };
    },
    async read(id, { inputs }, { session }) {
      return present(session.engine().getVolume(id).inspect(), inputs);
    },
    async delete(id, _, { session }) {
      await unlessGone(session.engine().getVolume(id).remove());
    },
  },
  "docker:index/remoteImage:RemoteImage": {
    async create({ name }, { session }) {
      const engine = session.engine();
      const image = engine.getImage(String(name));
      if ((await unlessGone(image.inspect())) === undefined) await pull(engine, String(name));
      const { Id } = await image.inspect();
      return { id: Id, outputs: { imageId: Id } };
    },
    async read(_, { inputs }, { session }) {
      return present(session.engine().getImage(String(inputs["name"])).inspect(), inputs);
    },
    async delete() {},
  },
};

/** The registry is this machine's engine: what that does not have is an error, as a registry would give it. */
async function pull(engine: Docker, name: string): Promise<void> {
  const archive = await new Docker().getImage(name).get();
  await text(await engine.loadImage(archive));
}

async function present(question: Promise<unknown>, inputs: Properties) {
  return (await unlessGone(question)) === undefined ? undefined : { inputs, outputs: {} };
}

export function docker(sdk: Sdk, world: World): Provider<Session> {
  const { name, version, checkConfig, resource } = standIn(sdk, world);
  return {
    name,
    version,
    ...(checkConfig && { checkConfig }),
    configure({ host, sshOpts }) {
      let opened: Docker | undefined;
      const options = JSON.parse(String(sshOpts ?? "[]")) as string[];
      return { world, engine: () => (opened ??= openEngine(String(host), options)) };
    },
    resource(token) {
      const published = resource(token);
      const life = lives[token];
      if (!published || !life) return undefined;
      const { check, replaces = [] } = published;
      return {
        outputs: ["name", "imageId"].filter((each) => published.outputs.includes(each)),
        replaces,
        // The schema says so of containers; a program can say otherwise.
        deleteBeforeReplace: token === "docker:index/container:Container",
        ...(check && { check: (inputs, call) => check(inputs, { ...call, session: world }) }),
        ...life,
      };
    },
  };
}
