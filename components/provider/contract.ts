/**
 * What a Pulumi provider is, without the protocol: a plain object of functions for each type of resource. `serve` and
 * `listen` in server.ts speak gRPC for it.
 */

/** A value without the engine's envelopes: a secret is its content, an unknown one is `unknown` (wire.ts). */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value | undefined };

/**
 * Properties of a resource or the configuration of a provider. Declare yours as a `type`: an `interface` has no index
 * signature and does not fit.
 */
export type Properties = { [name: string]: Value | undefined };

/**
 * Thrown by `create` when the resource exists but is not as it should be. The engine keeps it, marked as failed, and
 * tries to mend it by an update the next time.
 */
export class InitFailed extends Error {
  override readonly name = "InitFailed";
  readonly id: string;
  readonly outputs: Properties;

  constructor(message: string, made: { readonly id: string; readonly outputs: Properties }, cause?: unknown) {
    super(message, { cause });
    this.id = made.id;
    this.outputs = made.outputs;
  }
}

/** A property that the engine must not accept; the user sees it beside the resource. */
export interface Failure {
  /** Path of the property: `size`, `ports[0].internal`. */
  readonly property: string;
  /** What was received, what is allowed, and the fix. Secret values are blackened before it leaves the process. */
  readonly reason: string;
}

/** What a function needs to know beside its inputs. */
export interface Call<Session> {
  /** What `configure` returned. */
  readonly session: Session;
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborted when the user cancels the operation. */
  readonly signal: AbortSignal;
}

/**
 * One type of resource.
 *
 * In a preview none of `create`, `update` and `delete` is called: the kit answers with the inputs, and with each of
 * `outputs` that is not among them as unknown (new resource) or as it was (update).
 */
export interface Resource<
  Session = unknown,
  Inputs extends Properties = Properties,
  Outputs extends Properties = Properties,
> {
  /** Properties that only the provider can tell. */
  readonly outputs: readonly (keyof Outputs & string)[];
  /** Inputs and outputs that are secret, whatever the program says. What it says to be secret is so without it. */

  readonly secrets?: readonly (keyof (Inputs & Outputs) & string)[];
  /** Inputs whose change replaces the resource. Without `update` every input does. */
  readonly replaces?: readonly (keyof Inputs & string)[];
  /** `true` when a replacement cannot exist beside the old resource. Default `false`; the program can override it. */
  readonly deleteBeforeReplace?: boolean;
  /** What is wrong with the inputs. In a preview any of them may be `unknown`, at any depth. */
  check?(inputs: Properties, call: Call<Session>): readonly Failure[];
  /** @throws {InitFailed} when it exists and has failed all the same. */
  create(inputs: Inputs, call: Call<Session>): Promise<{ id: string; outputs: Outputs }>;
  /**
   * The resource as it is now, `undefined` when it is gone. Its inputs are those that the program would have to give:
   * what is more than the `known` ones shows as drift. For an import nothing is known but the id.
   * Without this function a refresh changes nothing and an import is refused.
   */
  read?(
    id: string,
    known: { readonly inputs: Partial<Inputs>; readonly state: Partial<Inputs & Outputs> },
    call: Call<Session>,
  ): Promise<{ inputs: Inputs; outputs: Outputs } | undefined>;
  update?(id: string, inputs: Inputs, old: Inputs & Outputs, call: Call<Session>): Promise<Outputs>;
  /** Must succeed when the resource is gone already. */
  delete(id: string, old: Inputs & Outputs, call: Call<Session>): Promise<void>;
}

/** A provider: one process of it serves one provider instance of the program, with one configuration. */
export interface Provider<Session = unknown> {
  /** Package name, the first part of each type token. */
  readonly name: string;
  /** Semantic version without `v`. */
  readonly version: string;
  /** The package's schema as JSON, from which SDKs are generated. */
  schema?(): string;
  checkConfig?(config: Properties): readonly Failure[];
  /** Makes what every call gets as `session`: a client, a directory. */
  configure(config: Properties): Session | Promise<Session>;
  /** The resource behind a type token such as `digitalocean:index/vpc:Vpc`, `undefined` when there is none. */
  resource(type: string): Resource<Session> | undefined;
  /** Answers a function such as `digitalocean:index/getVpc:getVpc`; absent: the provider has no functions. */
  invoke?(token: string, args: Properties, session: Session): Promise<Properties>;
}
