/** A provider that is made of what its SDK publishes: it checks inputs like the real one and keeps a world of its own. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  InitFailed,
  type Failure,
  type Properties,
  type Provider,
  type Resource,
  type Value,
} from "../../../components/provider/contract.ts";
import { behaviours } from "./behaviour.ts";
import { failuresOf } from "./check.ts";
import { customResource } from "./clouds/kubernetes.ts";
import { functions } from "./functions.ts";
import { refusals } from "./refusals.ts";
import type { ResourceTypes, Sdk, Type } from "./sdk-types.ts";
import type { Trouble } from "./trouble.ts";
import { type Seed, seedOf, type World } from "./world.ts";

/** The engine runs plugins where the program is. */
const programDirectory = join(import.meta.dirname, "../../../stacks");

/** What the SDK adds to a provider's arguments for the engine's own use. */
const engineConfig = ["version", "pluginDownloadURL", "__internal"];

export function standIn(sdk: Sdk, world: World): Provider<World> {
  const resources = new Map<string, Resource<World> | undefined>();
  return {
    name: sdk.name,
    version: sdk.version,
    checkConfig: (config) => checkConfig(sdk, config),
    configure: () => world,
    resource: (token) => {
      if (!resources.has(token)) {
        const types = sdk.resource(token) ?? customResource(token);
        resources.set(token, types && resourceOf(token, types));
      }
      return resources.get(token);
    },
    async invoke(token, args) {
      const [answer, shape] = [functions[token], sdk.arguments(token)];
      if (!answer || !shape) throw new Error(`The stand-in for ${sdk.name} has no function ${token}.`);
      const [failure] = failuresOf(args, shape, token.split(":").at(-1)!);
      if (failure) throw new Error(failure.reason);
      return answer(args, programDirectory);
    },
  };
}

function resourceOf(token: string, types: ResourceTypes): Resource<World> {
  const behaviour = behaviours[token] ?? {};
  const always = [...types.outputs].filter(([, { required }]) => required);
  const inputs = [...types.inputs.keys()];
  /** What a real provider would add: values with a meaning, and of every other output something of its type. */
  const outputs = (given: Properties, seed: Seed, name: string, old: Properties = {}): Properties => {
    const meant = behaviour.outputs?.(given, seed) ?? {};
    const followed = behaviour.follows?.(given) ?? {};
    const missing = always.filter(([property]) => given[property] === undefined);
    return Object.fromEntries(
      missing.map(([property, { type }]) => [
        property,
        followed[property] ?? old[property] ?? meant[property] ?? madeUp(property, type, seed, name),
      ]),
    );
  };
  return {
    outputs: always.map(([property]) => property),
    replaces: behaviour.replaces === "all" ? inputs : (behaviour.replaces ?? []),
    check: (properties) => failuresOf(properties, types.inputs, `${token.split(":").at(-1)}Args`),
    async create(given, { session, urn, name, signal }) {
      refuse(token, given);
      const trouble = await meet(session, token, "create", signal);
      const { id, seed } = session.make(token, urn, behaviour.id ?? ((digits) => digits.slice(0, 16)));
      const made = { id, outputs: outputs(given, seed, name) };
      if (trouble && "incomplete" in trouble.how) throw new InitFailed(trouble.how.incomplete, made);
      return made;
    },
    async read(id, { inputs: given, state }, { session, name }) {
      const thing = session.find(token, id);
      if (thing === undefined) return undefined;
      if (Object.keys(state).length > 0) return { inputs: given, outputs: state };
      if (thing.inputs) return { inputs: thing.inputs, outputs: outputs(thing.inputs, seedOf(id), name) };
      throw new Error(`${token} ${id}: only what was made by hand has properties to import.`);
    },
    async update(id, given, old, { session, name, signal }) {
      refuse(token, given, old);
      await meet(session, token, "update", signal);
      return outputs(given, id, name, old);
    },
    async delete(id, _, { session }) {
      session.remove(token, id);
    },
  };
}

/** @throws what the vendor says to inputs that it does not take. */
function refuse(token: string, given: Properties, old?: Properties): void {
  const reason = refusals[token]?.(given, old);
  if (reason !== undefined) throw new Error(reason);
}

async function meet(
  world: World,
  token: string,
  call: Trouble["call"],
  signal: AbortSignal,
): Promise<Trouble | undefined> {
  const trouble = world.meet(token, call);
  if (trouble && "refused" in trouble.how) throw new Error(trouble.how.refused);
  if (trouble && "late" in trouble.how) await setTimeout(trouble.how.late, undefined, { signal });
  return trouble;
}

/** Bridged providers get every value that is not a string as JSON. */
function checkConfig(sdk: Sdk, config: Properties): Failure[] {
  const shape = sdk.config();
  const given = Object.entries(config).filter(([name]) => !engineConfig.includes(name));
  const decoded = given.map(([name, value]): [string, Value | undefined] => {
    const isText = shape.get(name)?.type.kind === "string";
    return [name, isText || typeof value !== "string" ? value : parsed(value)];
  });
  return failuresOf(Object.fromEntries(decoded), shape, "ProviderArgs");
}

function parsed(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    // Not JSON: the check of its type says what is wrong with it.
    return text;
  }
}

function madeUp(property: string, type: Type, seed: Seed, name: string): Value | undefined {
  switch (type.kind) {
    case "string":
      return `${property === "name" ? name : property}-${seed.slice(0, 7)}`;
    case "number":
      return Number.parseInt(seed.slice(0, 5), 16);
    case "boolean":
      return false;
    case "literal":
      return type.value;
    case "array":
      return [];
    case "map":
      return {};
    case "union":
      return type.of[0] && madeUp(property, type.of[0], seed, name);
    default:
      return undefined;
  }
}
