import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import * as pulumi from "@pulumi/pulumi";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor, type MockCallArgs } from "@pulumi/pulumi/runtime/mocks.js";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings.js";

/** A value that the program marked as secret. It prints and serialises as `[secret]`, never as its content. */
export class Secret {
  readonly #value: Value;
  constructor(value: Value) {
    this.#value = value;
  }
  /** The content, for tests that check what a secret is made of: by themselves two secrets look equal to `deepEqual`. */
  reveal(): Value {
    return this.#value;
  }
  toJSON(): string {
    return "[secret]";
  }
  toString(): string {
    return "[secret]";
  }
}

/** A value that only the provider can tell, after the resource exists. */
export class Unknown {
  toJSON(): string {
    return "[known after up]";
  }
  toString(): string {
    return "[known after up]";
  }
}

/** What a resource's input or a stack's output holds, as the engine would receive it. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value } | Secret | Unknown;

/** One resource that the program registered, with the options that decide over its life. */
export interface RecordedResource {
  /** Identity within this recording; unlike mock URNs it keeps resources of one name under different parents apart. */
  readonly key: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** `key` of the parent; absent for the stack itself. */
  readonly parent?: string;
  readonly inputs: { readonly [name: string]: Value };
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  /** Another value than before replaces the resource; absent where nothing is said. */
  readonly replacementTrigger?: Value;
  /** `type::name` of the provider instance named by the program; absent for the default provider. */
  readonly provider?: string;
  /** Keys of the resources that must exist first, by data flow or `dependsOn`. */
  readonly dependsOn: readonly string[];
  /** For each input that carries another resource's output: the keys of those resources. */
  readonly dataFlow: { readonly [input: string]: readonly string[] };
}

export interface Recording {
  readonly resources: readonly RecordedResource[];
  /** The stack's outputs. */
  readonly outputs: { readonly [name: string]: Value };
}

/** What a provider would answer to the creation of a resource. */
export interface Response {
  /** Default: the resource's name with `-id` behind it. */
  id?: string;
  /** Outputs beside the inputs, which are always echoed. */
  state?: Record<string, Value>;
}

export interface RecordOptions {
  /** Name in Pulumi.yaml, which is also the namespace of the configuration. */
  project: string;
  stack: string;
  /** Full keys, `testfarm:tier`; objects and lists as JSON, as the engine passes them. */
  config?: Readonly<Record<string, string>>;
  /** Those keys of `config` that are secret. */
  secretKeys?: readonly string[];
  /** `true` (default) leaves what only a provider can tell unknown, as `pulumi preview` does. */
  preview?: boolean;
  /** The state a provider would answer with, beside the inputs; only for `preview: false`. */
  respond?: (resource: Pick<RecordedResource, "type" | "name" | "inputs">) => Response;
  /** Answers provider functions (invokes). Default: the arguments themselves. */
  call?: (args: MockCallArgs) => Record<string, unknown>;
}

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const stackType = "pulumi:pulumi:Stack";
const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads the engine's wire form, in which secrets and resources are objects with a signature. */
function toValue(wire: unknown): Value {
  if (wire === unknownSentinel) return new Unknown();
  if (wire === null || wire === undefined) return null;
  if (typeof wire === "string" || typeof wire === "number" || typeof wire === "boolean") return wire;
  if (Array.isArray(wire)) return wire.map(toValue);
  const object = wire as Record<string, unknown>;
  if (object[signature] === secretSignature) return new Secret(toValue(object["value"]));
  if (object[signature] === resourceSignature) return { urn: toValue(object["urn"]) };
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)]));
}

const toRecord = (wire: object | undefined): Record<string, Value> =>
  Object.fromEntries(Object.entries(wire ?? {}).map(([key, value]) => [key, toValue(value)]));

/** Keeps every registration whole. `MockMonitor` is internal to the SDK, whose version is pinned for that reason. */
class RecordingMonitor extends MockMonitor {
  readonly recorded: RecordedResource[] = [];
  stackOutputs: Record<string, Value> = {};
  readonly #keyOfUrn = new Map<string, string>();
  readonly #answer: (resource: RecordedResource) => { id: string; state: Record<string, unknown> };

  constructor(
    answer: (resource: RecordedResource) => { id: string; state: Record<string, unknown> },
    call: (args: MockCallArgs) => Record<string, unknown>,
  ) {
    super({ call, newResource: ({ name }) => ({ id: name, state: {} }) });
    this.#answer = answer;
  }

  override async registerResource(
    request: resourceProto.RegisterResourceRequest,
    callback: (error: unknown, response?: resourceProto.RegisterResourceResponse) => void,
  ): Promise<void> {
    const inputs = request.getObject()?.toJavaScript() ?? {};
    const resource = this.#describe(request, toRecord(inputs));
    const urn = `urn:pulumi:recording::${resource.key}::${resource.type}::${resource.name}`;
    this.#keyOfUrn.set(urn, resource.key);
    this.recorded.push(resource);
    const { id, state } = this.#answer(resource);
    const outputs: Record<string, unknown> = { ...inputs, ...state };
    for (const name of request.getAdditionalsecretoutputsList()) {
      outputs[name] = { [signature]: secretSignature, value: outputs[name] ?? unknownSentinel };
    }
    const response = new resourceProto.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(id);
    response.setObject(
      structProto.Struct.fromJavaScript(outputs as { [name: string]: structProto.JavaScriptValue }),
    );
    callback(null, response);
  }

  override registerResourceOutputs(
    request: resourceProto.RegisterResourceOutputsRequest,
    callback: (error: unknown, response: unknown) => void,
  ): void {
    if (this.#keyOfUrn.get(request.getUrn()) === stackType) {
      this.stackOutputs = toRecord(request.getOutputs()?.toJavaScript());
    }
    callback(null, {});
  }

  #describe(request: resourceProto.RegisterResourceRequest, inputs: Record<string, Value>): RecordedResource {
    const keys = (urns: string[]): string[] =>
      urns.map((urn) => this.#keyOfUrn.get(urn)).filter((key) => key !== undefined);
    const [parent] = keys([request.getParent()]);
    const [type, name] = [request.getType(), request.getName()];
    const provider = request.getProvider().split("::").slice(-3, -1).join("::");
    return {
      key: type === stackType ? stackType : `${parent === stackType ? "" : `${parent}/`}${type}::${name}`,
      type,
      name,
      custom: request.getCustom(),
      ...(parent !== undefined && { parent }),
      inputs,
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      ignoreChanges: request.getIgnorechangesList(),
      ...(request.hasReplacementTrigger() && {
        replacementTrigger: toValue(request.getReplacementTrigger()?.toJavaScript()),
      }),
      ...(provider && { provider }),
      dependsOn: keys(request.getDependenciesList()),
      dataFlow: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()]
          .map(([input, sources]): [string, string[]] => [input, keys(sources.getUrnsList())])
          .filter(([, sources]) => sources.length > 0),
      ),
    };
  }
}

/**
 * Runs a Pulumi program without an engine, a provider, a credential or a network, and returns everything it
 * registered. The SDK's state is global to the process: never record two programs at the same time.
 *
 * @param program what the project's `main` exports: a function that makes the resources and returns the outputs.
 * @throws what the program throws, an invalid configuration for instance.
 */
export async function record(
  program: () => Promise<Record<string, unknown> | void>,
  options: RecordOptions,
): Promise<Recording> {
  const preview = options.preview ?? true;
  const monitor = new RecordingMonitor(
    (resource) => {
      if (preview || !resource.custom) return { id: "", state: {} };
      const { id = `${resource.name}-id`, state = {} } = options.respond?.(resource) ?? {};
      return { id, state };
    },
    options.call ?? ((args) => ({ ...args.inputs })),
  );
  await pulumi.runtime.setMocks(monitor.mocks, options.project, options.stack, preview);
  setMockOptions(monitor, options.project, options.stack, preview);
  pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretKeys ?? [])]);
  const secret = new Set<string>();
  const failures: unknown[] = [];
  try {
    await pulumi.runtime.runInPulumiStack(async () => {
      // A rejection that reached the SDK would come back a second time, unhandled.
      const outputs =
        (await Promise.resolve()
          .then(program)
          .catch((error: unknown) => void failures.push(error))) ?? {};
      for (const [name, value] of Object.entries(outputs)) {
        if (pulumi.Output.isInstance(value) && (await pulumi.isSecret(value))) secret.add(name);
      }
      return outputs;
    });
  } finally {
    await disconnect();
  }
  if (failures.length > 0) throw failures[0];
  // An unknown value crosses the wire without its mark; the program still knows that it is secret.
  const outputs = Object.entries(monitor.stackOutputs).map(([name, value]): [string, Value] => [
    name,
    secret.has(name) && value instanceof Unknown ? new Secret(value) : value,
  ]);
  return { resources: monitor.recorded, outputs: Object.fromEntries(outputs) };
}
