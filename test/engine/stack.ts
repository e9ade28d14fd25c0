/** One stack of this repository on the real engine, for a test that tells its life. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { failure, openEngine, projectRoot, type Engine, type EngineOptions, type Run } from "./engine.ts";
import type { World } from "./stand-in/world.ts";

/** A resource in the stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  /** Of a resource that is no component. */
  readonly id?: string;
  readonly protect?: boolean;
  /** As the engine keeps them, secrets encrypted. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** What a preview says of a resource. */
export interface Step {
  /** `create`, `update`, `replace`, `same`, ... */
  readonly op: string;
  readonly urn: string;
}

interface State {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly { readonly resource: StateResource; readonly type: string }[];
}

export interface Stack {
  /** Where all of it is, its world and state among it. */
  readonly directory: string;
  readonly world: World;
  /** Makes the stack, empty. */
  readonly open: () => Promise<void>;
  readonly run: (args: readonly string[], kill?: AbortSignal) => Promise<Run>;
  /** @returns what the command printed; throws when it failed or had anything to warn of. */
  readonly succeed: (...args: string[]) => Promise<string>;
  /** The same for a command that changes something: it asks nobody and shows no preview. */
  readonly change: (...args: string[]) => Promise<string>;
  /** What `up` would do, but for what stays as it is. */
  readonly changes: () => Promise<readonly Step[]>;
  /** Sets values of the stack file, beside those that it has; `undefined` takes one away. */
  readonly configure: (values: Readonly<Record<string, unknown>>) => void;
  readonly resources: () => readonly StateResource[];
  /** Types of the resources about which the engine has asked a vendor and has no answer yet. */
  readonly pending: () => readonly string[];
  /** The state file as it is. */
  readonly stateText: () => string;
  /** What the state holds of vendors; the rest are components, provider instances and steps of our own provider. */
  readonly made: () => readonly StateResource[];
  readonly end: () => void;
}

/** Which of this repository's stacks, and values of the test for those of its file that `up` refuses because they are examples. */
export interface Own {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export function openStack(
  cli: string,
  options: EngineOptions = {},
  { name, values: given }: Own = { name: "mvp", values: mvp() },
): Stack {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-engine-"));
  const configFile = join(directory, `Pulumi.${name}.yaml`);
  const engine: Engine = openEngine(cli, directory, options);
  const run: Stack["run"] = (args, kill) =>
    engine.run([...args, "--stack", name, "--non-interactive"], configFile, kill);
  const succeed: Stack["succeed"] = async (...args) => {
    const ended = await run(args);
    const { code, stdout, stderr } = ended;
    if (code === 0 && stderr === "" && !/warning:/i.test(stdout)) return stdout;
    throw failure(args, ended);
  };
  const configure: Stack["configure"] = (values) => {
    const file = parse(readFileSync(configFile, "utf8")) as { config: object };
    const own = Object.entries(values).map(([key, value]) => [`testfarm:${key}`, value]);
    const config = { ...file.config, ...(Object.fromEntries(own) as object) };
    // As JSON has no undefined.
    writeFileSync(configFile, stringify(JSON.parse(JSON.stringify({ ...file, config }))));
  };
  const stateText = (): string => readFileSync(engine.stateFile(name), "utf8");
  const state = (): State =>
    (JSON.parse(stateText()) as { checkpoint: { latest: State | null } }).checkpoint.latest ?? {};
  const resources = (): readonly StateResource[] => state().resources ?? [];
  writeFileSync(configFile, readFileSync(join(projectRoot, `Pulumi.${name}.yaml`), "utf8"));
  configure(given);
  return {
    directory,
    world: engine.world,
    open: () => engine.createStack(name),
    run,
    succeed,
    change: (...args) => succeed(...args, "--yes", "--skip-preview"),
    async changes() {
      const { steps } = JSON.parse(await succeed("preview", "--json")) as { readonly steps: readonly Step[] };
      return steps.filter(({ op }) => op !== "same");
    },
    configure,
    resources,
    pending: () => (state().pending_operations ?? []).map(({ resource }) => resource.type),
    stateText,
    made: () => resources().filter(({ custom, type }) => custom && !/^(pulumi|testfarm):/.test(type)),
    end: () => rmSync(directory, { recursive: true }),
  };
}

export const urnsOf = (resources: readonly { readonly urn: string }[]): string[] =>
  resources.map(({ urn }) => urn).toSorted();

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
export const typeOf = (urn: string): string | undefined => urn.split("::")[2]?.split("$").at(-1);

const mvp = () => ({ adminCidrs: ["81.2.69.142/32"], sshPublicKey: publicKey() });

/** A key as `ssh-keygen -t ed25519` makes it: each field has its length before it. */
function publicKey(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const fields = [Buffer.from("ssh-ed25519"), Buffer.from(x, "base64url")];
  const blob = fields.flatMap((field) => [Buffer.from([0, 0, 0, field.length]), field]);
  return `ssh-ed25519 ${Buffer.concat(blob).toString("base64")} engine-test`;
}
