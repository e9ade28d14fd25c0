import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { type Access, AccessError, type DockerAccess, type Scratch } from "../contracts/access.ts";
import { labels } from "../contracts/docker-host.ts";
import { openEngine } from "../docker/engine.ts";
import { forwardDirectly } from "./forward/direct.ts";
import { forwardOverSsh } from "./forward/ssh.ts";
import { type Container, runOnce } from "./one-shot.ts";
import { createScratch } from "./scratch.ts";

/** Where Caddy keeps the certificate of its own authority. */
const rootCertificate = "/data/caddy/pki/authorities/local/root.crt";

const defaultPorts: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "redis:": 6379,
};

/** Containers on a Docker engine: one-shots by its API, forwards to a container's address from the engine's machine. */
export async function dockerAccess(stack: DockerAccess): Promise<Access> {
  const engine = await connect(stack);
  const newest = async (service: string) => (await runningOf(engine, stack.label, service))[0];
  const serving = async (service: string): Promise<Docker.ContainerInfo> => {
    const found = await newest(service);
    if (found) return found;
    throw new AccessError(
      `Of ${stack.label} no container "${service}" runs at ${stack.engine}. Start it: pulumi up.`,
    );
  };
  const labelled = (role: string) => ({ [labels.stack]: stack.label, [labels.service]: role });
  return {
    async run({ role, args, variables, output, input, scratch }, signal) {
      const api = await serving("api");
      // A worker reaches what an API does not: browsers, and the world.
      const peers = [api, await newest("worker")].filter((each) => each !== undefined);
      const networks = new Set(peers.flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings.Networks)));
      const { image, user, volumes } = await likenessOf(engine, api);
      const container = {
        image,
        user,
        variables,
        output,
        input,
        command: [role, ...args],
        labels: labelled(role),
        volumes: scratch ? mounted(scratch) : volumes,
        networks: [...networks],
      };
      return runOnce(engine, container, signal);
    },
    scratch: () => createScratch(engine, stack.label),
    async recover(scratch, output, signal) {
      const container = {
        image: (await likenessOf(engine, await serving("postgres"))).image,
        // Who has made the data directory has to run the server.
        user: (await likenessOf(engine, await serving("api"))).user,
        // The image's own start would make a data directory.
        entrypoint: ["postgres"],
        command: ["-D", `${scratch.directory}/data`],
        labels: labelled("recovery"),
        volumes: mounted(scratch),
        variables: {},
        networks: [],
        output,
      };
      return runOnce(engine, container, signal);
    },
    async forward(url) {
      const { protocol, hostname, port } = new URL(url);
      const target = {
        host: addressOf(await serving(hostname)),
        port: Number(port) || (defaultPorts[protocol] ?? 0),
      };
      const { port: local, close } = stack.engine.startsWith("unix:")
        ? await forwardDirectly(target)
        : await forwardOverSsh(target, sshTarget(stack));
      return { url: Object.assign(new URL(url), { host: `127.0.0.1:${local}` }).href, close };
    },
    authority: async () =>
      stack.certificate === "internal" ? read(engine, await serving("edge"), rootCertificate) : undefined,
  };
}

/** What another container is made of to be as this one. */
async function likenessOf(
  engine: Docker,
  { Id }: Docker.ContainerInfo,
): Promise<Pick<Container, "image" | "user" | "volumes">> {
  const { Image, Config, Mounts } = await engine.getContainer(Id).inspect();
  const volumes = Mounts.filter(({ Type }) => Type === "volume");
  return {
    image: Image,
    user: Config.User,
    volumes: volumes.map(({ Name, Destination }) => ({ name: Name ?? "", path: Destination })),
  };
}

const mounted = ({ name, directory }: Scratch): Container["volumes"] => [{ name, path: directory }];

const sshTarget = ({ engine, sshOptions }: DockerAccess): string[] => {
  const { username, host } = new URL(engine);
  return [...sshOptions, `${username}@${host}`];
};

async function connect({ engine: address, sshOptions }: DockerAccess): Promise<Docker> {
  const engine = openEngine(address, sshOptions);
  try {
    await engine.ping();
    return engine;
  } catch (cause) {
    const fix = address.startsWith("unix:")
      ? "Is it running, and may you use it?"
      : "Is your address in adminCidrs, and your key in the agent (ssh-add)?";
    throw new AccessError(
      `The Docker engine at ${address} does not answer: ${(cause as Error).message.trim().replace(/\.$/, "")}. ${fix}`,
      {
        cause,
      },
    );
  }
}

/** The healthy ones first, of these the newest. */
async function runningOf(engine: Docker, label: string, service: string): Promise<Docker.ContainerInfo[]> {
  const found = await engine.listContainers({
    filters: { label: [`${labels.stack}=${label}`, `${labels.service}=${service}`], status: ["running"] },
  });
  return found.toSorted(
    (one, other) => Number(isHealthy(other)) - Number(isHealthy(one)) || other.Created - one.Created,
  );
}

const isHealthy = ({ Status }: Docker.ContainerInfo): boolean => Status.includes("(healthy)");

function addressOf({ NetworkSettings, Names }: Docker.ContainerInfo): string {
  const found = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress !== "");
  if (found) return found.IPAddress;
  throw new AccessError(`${Names.join(", ")} has no address of its own on any network.`);
}

async function read(engine: Docker, { Id }: Docker.ContainerInfo, path: string): Promise<string> {
  const options = { AttachStdout: true, AttachStderr: true };
  const exec = await engine.getContainer(Id).exec({ ...options, Cmd: ["cat", path] });
  const stream = await exec.start({});
  const printed = new PassThrough();
  engine.modem.demuxStream(stream, printed, printed);
  stream.once("close", () => printed.end());
  const content = await text(printed);
  if ((await exec.inspect()).ExitCode === 0) return content;
  throw new AccessError(`The authority of the page's certificate cannot be read: ${content.trim()}`);
}
