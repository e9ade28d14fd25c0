/**
 * A container as `@pulumi/docker` makes it. What it does is what internal/provider/resource_docker_container_funcs.go of
 * kreuzwerker/terraform-provider-docker does, on which the real provider stands (read in November 2026): a name that is
 * taken is refused, whoever has it; a failure after the creation leaves the container and its id; `attach` does not look
 * at the exit code; a deletion gives `destroyGraceSeconds` and takes a container that is gone for deleted.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { InitFailed, type Properties, type Value } from "../../../../components/provider/contract.ts";
import { archive } from "./archive.ts";

export interface ContainerInputs extends Properties {
  readonly name?: string;
  readonly image: string;
  readonly command?: string[];
  readonly envs?: string[];
  readonly user?: string;
  readonly labels?: { label: string; value: string }[];
  readonly networksAdvanced?: { name: string; aliases?: string[] }[];
  readonly ports?: { internal: number; external: number; protocol: string; ip?: string }[];
  readonly volumes?: { volumeName: string; containerPath: string }[];
  readonly uploads?: { file: string; content: string; permissions?: string }[];
  readonly healthcheck?: {
    tests: string[];
    interval: string;
    timeout: string;
    startPeriod: string;
    startInterval?: string;
    retries: number;
  };
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly cpus?: string;
  readonly readOnly?: boolean;
  readonly tmpfs?: { [path: string]: string };
  readonly capabilities?: { adds?: string[]; drops?: string[] };
  readonly securityOpts?: string[];
  readonly logDriver?: string;
  readonly logOpts?: { [name: string]: string };
  readonly restart?: string;
  readonly init?: boolean;
  readonly wait?: boolean;
  readonly waitTimeout?: number;
  readonly attach?: boolean;
  readonly mustRun?: boolean;
  readonly destroyGraceSeconds?: number;
}

export async function createContainer(
  engine: Docker,
  inputs: ContainerInputs,
  logicalName: string,
): Promise<{ id: string; outputs: Properties }> {
  // Names that a program leaves open get letters behind the resource's own: tfbridge's automatic names.
  const name = inputs.name ?? `${logicalName}-${randomBytes(4).toString("hex").slice(0, 7)}`;
  const container = await engine.createContainer({ name, ...settings(inputs) });
  const made = { id: container.id, outputs: { name } };
  try {
    await connect(engine, container.id, inputs);
    for (const { file, content, permissions = "0644" } of inputs.uploads ?? [])
      await container.putArchive(archive(file, content, permissions), { path: "/" });
    await container.start();
    if (inputs.wait === true) await untilHealthy(container, inputs.waitTimeout ?? 60);
    if (inputs.attach === true) await container.wait();
  } catch (error) {
    throw new InitFailed(error instanceof Error ? error.message : String(error), made, error);
  }
  return made;
}

const settings = (inputs: ContainerInputs): Docker.ContainerCreateOptions => ({
  Image: inputs.image,
  ...(inputs.command && { Cmd: inputs.command }),
  ...(inputs.envs && { Env: inputs.envs }),
  ...(inputs.user !== undefined && { User: inputs.user }),
  Labels: Object.fromEntries((inputs.labels ?? []).map(({ label, value }) => [label, value])),
  ...(inputs.healthcheck && {
    Healthcheck: {
      Test: inputs.healthcheck.tests,
      Interval: nanoseconds(inputs.healthcheck.interval),
      Timeout: nanoseconds(inputs.healthcheck.timeout),
      StartPeriod: nanoseconds(inputs.healthcheck.startPeriod),
      StartInterval: nanoseconds(inputs.healthcheck.startInterval ?? "0"),
      Retries: inputs.healthcheck.retries,
    },
  }),
  ExposedPorts: Object.fromEntries(
    (inputs.ports ?? []).map((port) => [`${port.internal}/${port.protocol}`, {}]),
  ),
  HostConfig: {
    Memory: megabytes(inputs.memory),
    MemorySwap: megabytes(inputs.memorySwap),
    NanoCpus: Number(inputs.cpus ?? 0) * 1e9,
    ReadonlyRootfs: inputs.readOnly ?? false,
    Tmpfs: inputs.tmpfs ?? {},
    Binds: (inputs.volumes ?? []).map(({ volumeName, containerPath }) => `${volumeName}:${containerPath}:rw`),
    CapAdd: inputs.capabilities?.adds ?? [],
    CapDrop: inputs.capabilities?.drops ?? [],
    SecurityOpt: inputs.securityOpts ?? [],
    LogConfig: { Type: inputs.logDriver ?? "", Config: inputs.logOpts ?? {} },
    Init: inputs.init ?? false,
    RestartPolicy: { Name: inputs.restart ?? "no" },
    PortBindings: Object.fromEntries(
      (inputs.ports ?? []).map(({ internal, external, protocol, ip = "" }) => [
        `${internal}/${protocol}`,
        [{ HostIp: ip, HostPort: String(external) }],
      ]),
    ),
  },
});

async function connect(engine: Docker, id: string, { networksAdvanced }: ContainerInputs): Promise<void> {
  if (networksAdvanced === undefined) return;
  await engine.getNetwork("bridge").disconnect({ Container: id });
  for (const { name, aliases = [] } of networksAdvanced)
    await engine.getNetwork(name).connect({ Container: id, EndpointConfig: { Aliases: aliases } });
}

async function untilHealthy(container: Docker.Container, seconds: number): Promise<void> {
  for (const deadline = Date.now() + seconds * 1_000; ;) {
    const { Health } = (await container.inspect()).State;
    if (Health === undefined)
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined",
      );
    if (Health.Status === "healthy") return;
    if (Date.now() > deadline) throw new Error("container failed to be in healthy state");
    await sleep(250);
  }
}

/** @returns `undefined` when it is gone. One that has stopped shows as drift of `mustRun`, which starts it again. */
export async function readContainer<Inputs extends Partial<ContainerInputs>>(
  engine: Docker,
  id: string,
  inputs: Inputs,
): Promise<Inputs | undefined> {
  const found = await unlessGone(engine.getContainer(id).inspect());
  if (found === undefined) return undefined;
  const { Running } = found.State;
  return !Running && inputs.mustRun !== false ? { ...inputs, mustRun: false } : inputs;
}

export async function updateContainer(engine: Docker, id: string, inputs: ContainerInputs): Promise<void> {
  const container = engine.getContainer(id);
  await container.update({
    Memory: megabytes(inputs.memory),
    MemorySwap: megabytes(inputs.memorySwap),
    RestartPolicy: { Name: inputs.restart ?? "no" },
  });
  if (inputs.mustRun !== false && !(await container.inspect()).State.Running) await container.start();
}

export async function deleteContainer(engine: Docker, id: string, inputs: ContainerInputs): Promise<void> {
  const container = engine.getContainer(id);
  if (inputs.attach !== true) await unlessGone(container.stop({ t: inputs.destroyGraceSeconds ?? 0 }));
  await unlessGone(container.remove({ force: true, v: true }));
}

/** @returns `undefined` for 404, and for 304: it has stopped already. */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === 304 || statusCode === 404) return undefined;
    throw error;
  }
}

const megabytes = (amount: Value | undefined): number => Number(amount ?? 0) * 1024 * 1024;

const nanoseconds = (text: string): number => Number.parseFloat(text) * 1e9;
