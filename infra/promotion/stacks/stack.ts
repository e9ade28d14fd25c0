import { LocalWorkspace, type Stack, StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import type { Project } from "../../plan/project.ts";
import { PromotionError } from "../contract.ts";
import { endNoted, isNoted, notedPulumi, runPulumi } from "./engine.ts";
import { removeConflicting, removeUnknown } from "./unknown.ts";

/** A stack of the project, by the operator's own Pulumi: backend, login and passphrase are those of its environment. */
export interface ManagedStack {
  /**
   * Into its file, secrets encrypted. What is the same already is left as it is.
   *
   * @param settings by their names, by paths such as `dns.ttl`, or by full keys such as `digitalocean:token`.
   */
  set(settings: Readonly<Record<string, string>>, options: { readonly secret: boolean }): Promise<void>;
  /** Takes settings out of its file. */
  unset(settings: readonly string[]): Promise<void>;
  up(signal: AbortSignal): Promise<void>;
  /** The same for nothing but the records of its domain. */
  upRecords(signal: AbortSignal): Promise<void>;
  /** Records of its domain: types of those that it has made, such as `CNAME`, and lines of those that it has not. */
  records(): Promise<{ readonly made: readonly string[]; readonly byHand: string }>;
  /** Takes off what keeps Pulumi from deleting its resources. What their companies keep is as it was. */
  unprotect(): Promise<void>;
  /** All of it that is not protected, and what was begun only. The stack stays, empty, and its file. */
  destroy(signal: AbortSignal): Promise<void>;
  /** The same, and then the stack with its history and its file. */
  remove(signal: AbortSignal): Promise<void>;
}

interface Options {
  /** Where processes are noted: of this stack alone. */
  readonly directory: string;
  /** Of a stack that is made, as `pulumi stack init --secrets-provider` takes it. Default: that of the backend. */
  readonly secretsProvider?: string | undefined;
  /** Hears what the engine prints, which holds no secret. */
  readonly say: (text: string) => void;
}

/** Of a stack's state: https://www.pulumi.com/docs/iac/concepts/state-and-backends/. */
interface Resource {
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** What components/dns makes, as `--target` takes it. */
export const records = "**testfarm:dns:**";
const isRecord = /\/dnsRecord:DnsRecord$/;

/**
 * Opens a stack, or makes it. What a killed runner has left of an operation is ended first, and its lock taken away.
 *
 * @throws {AccessError} where there is no Pulumi; {PromotionError} where the stack cannot be opened.
 */
export async function openStack(
  project: Project,
  name: string,
  { directory, secretsProvider, say }: Options,
): Promise<ManagedStack> {
  await endNoted(directory);
  const pulumiCommand = await notedPulumi(directory);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, workDir: project.directory },
    { pulumiCommand, ...(secretsProvider !== undefined && { secretsProvider }) },
  ).catch((cause: Error) => {
    throw new PromotionError(`Stack ${name} cannot be opened: ${lastLine(cause.message)}`, { cause });
  });
  const key = (setting: string) => (setting.includes(":") ? setting : `${project.name}:${setting}`);
  const pulumi = (args: readonly string[], input = "") =>
    runPulumi(directory, [...args, "--stack", name, "--non-interactive"], { cwd: project.directory, input });
  const printed = { onOutput: say, onError: say, suppressProgress: true };

  /** What ended in the middle has left a lock, which goes. Those of others stay. */
  async function unlocked(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message } = error as Error;
      if (!/the stack is currently locked/i.test(message)) throw failed(name, error);
      if (!(await isNoted(directory, message))) throw lockedBy(name, message, error);
      await stack.cancel();
      await work().catch((again: unknown) => {
        throw failed(name, again);
      });
    }
  }

  async function destroy(signal: AbortSignal): Promise<void> {
    const once = () => unlocked(() => stack.destroy({ ...printed, signal }));
    const removeLeft = async () => removeUnknown(project, name, networksIn((await stateOf(stack)).begun));
    await once().catch(async (error: unknown) => {
      signal.throwIfAborted();
      if (((await removeLeft()) ?? 0) === 0) throw error;
      await once();
    });
    const removed = await removeLeft();
    // Of another machine Pulumi goes on telling what may be left there.
    if (removed !== undefined && (await stateOf(stack)).begun.length > 0)
      await unlocked(() => stack.refresh({ ...printed, signal, clearPendingCreates: true }));
  }

  async function up(signal: AbortSignal, target: readonly string[]): Promise<void> {
    const only = target.length > 0 && { target: [...target] };
    for (;;)
      try {
        return await unlocked(() => stack.up({ ...printed, ...only, signal, suppressOutputs: true }));
      } catch (error) {
        signal.throwIfAborted();
        const { message } = (error as Error).cause as Error;
        const known = (await stateOf(stack)).resources.flatMap(({ id }) => id ?? []);
        if ((await removeConflicting(project, name, message, known)) === 0) throw error;
      }
  }

  return {
    async set(settings, { secret }) {
      const known = await stack.getAllConfig();
      const kind = secret ? "--secret" : "--plaintext";
      for (const [setting, value] of Object.entries(settings))
        if (known[key(setting)]?.value !== value) {
          const path = setting.includes(".") ? ["--path"] : [];
          await pulumi(["config", "set", ...path, kind, key(setting)], `${value}\n`);
        }
    },
    unset: (settings) => stack.removeAllConfig(settings.map(key), true),
    up: (signal) => up(signal, []),
    upRecords: (signal) => up(signal, [records]),
    async records() {
      const { DNS_RECORDS } = await stack.outputs();
      return {
        made: (await stateOf(stack)).resources.flatMap(({ type, inputs }) =>
          isRecord.test(type) ? String(inputs?.["type"]) : [],
        ),
        byHand: String(DNS_RECORDS?.value ?? ""),
      };
    },
    unprotect: () => unlocked(() => pulumi(["state", "unprotect", "--all", "--yes"])),
    destroy,
    async remove(signal) {
      await destroy(signal);
      await stack.workspace.removeStack(name);
    },
  };
}

interface State {
  readonly resources: readonly Resource[];
  /** Resources whose making was cut off: whether they are there nobody knows. */
  readonly begun: readonly Resource[];
}

async function stateOf(stack: Stack): Promise<State> {
  const { deployment } = (await stack.exportStack()) as {
    deployment?: {
      resources?: readonly Resource[];
      pending_operations?: readonly { readonly resource: Resource; readonly type: string }[];
    };
  };
  return {
    resources: deployment?.resources ?? [],
    begun: (deployment?.pending_operations ?? []).flatMap(({ resource, type }) =>
      type === "creating" ? resource : [],
    ),
  };
}

/** Their names. */
const networksIn = (resources: readonly Resource[]): string[] =>
  resources.flatMap(({ type, inputs }) =>
    type === "docker:index/network:Network" ? String(inputs?.["name"]) : [],
  );

/** How many resources a stack has; 0 where there is no such stack. @throws {PromotionError} where that cannot be told. */
export async function countResources(project: Project, name: string): Promise<number> {
  try {
    const stack = await LocalWorkspace.selectStack({ stackName: name, workDir: project.directory });
    return (await stateOf(stack)).resources.filter(({ type }) => type !== "pulumi:pulumi:Stack").length;
  } catch (cause) {
    if (cause instanceof StackNotFoundError) return 0;
    throw new PromotionError(`What stack ${name} has cannot be told: ${lastLine((cause as Error).message)}`, {
      cause,
    });
  }
}

/**
 * The secrets of a stack's file, in clear, by their full keys.
 *
 * @throws {PromotionError} where there is no such stack, or its passphrase is another one.
 */
export async function readSecrets(project: Project, name: string): Promise<Record<string, string>> {
  try {
    const stack = await LocalWorkspace.selectStack({ stackName: name, workDir: project.directory });
    const secrets = Object.entries(await stack.getAllConfig()).filter(([, { secret }]) => secret);
    return Object.fromEntries(secrets.map(([key, { value }]) => [key, value]));
  } catch (cause) {
    throw new PromotionError(
      `The secrets of Pulumi.${name}.yaml cannot be read: ${lastLine((cause as Error).message)}`,
      { cause },
    );
  }
}

/** The engine has said what is wrong to whoever listens: its whole output is not said again. */
const failed = (name: string, cause: unknown): PromotionError =>
  new PromotionError(`Pulumi has not done it with stack ${name}: ${lastLine((cause as Error).message)}`, {
    cause,
  });

const lockedBy = (name: string, message: string, cause: unknown): PromotionError => {
  const holders = message.match(/created by .*/g) ?? [];
  return new PromotionError(
    `Stack ${name} is locked by somebody else: ${holders.join("; ")}. Wait until that has ended, or take the lock away (pulumi cancel --stack ${name}); then resume.`,
    { cause },
  );
};

const lastLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^error:/i.test(line))
    .at(-1) ?? text.trim().split("\n").at(-1)!;
