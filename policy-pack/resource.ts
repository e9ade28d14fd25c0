import {
  type PolicyResource,
  type ResourceValidationArgs,
  Secret as MarkedSecret,
  unknownCheckingProxy,
  UnknownValueError,
} from "@pulumi/policy";
import { type RecordedResource, Secret, Unknown, type Value } from "../infra/plan/record.ts";

/** A resource as a pack is told of it, in the form that the rules look at; its key is the engine's URN. */
export function recorded(
  resource: PolicyResource | ResourceValidationArgs,
  inputs: RecordedResource["inputs"],
): RecordedResource {
  const { urn, type, name, opts, provider } = resource;
  const { dependencies = [], propertyDependencies = {} } = resource as Partial<PolicyResource>;
  return {
    key: urn,
    type,
    name,
    custom: provider !== undefined || type.startsWith("pulumi:providers:"),
    ...(opts.parent !== undefined && { parent: opts.parent }),
    inputs,
    protect: opts.protect,
    // The engine tells a pack nothing of it, so that a pack has nothing against any value of it.
    retainOnDelete: true,
    deleteBeforeReplace: opts.deleteBeforeReplace,
    ignoreChanges: opts.ignoreChanges,
    ...(provider !== undefined && { provider: `${provider.type}::${provider.name}` }),
    dependsOn: urnsOf(dependencies),
    dataFlow: Object.fromEntries(
      Object.entries(propertyDependencies).map(([input, sources]) => [input, urnsOf(sources)]),
    ),
  };
}

const urnsOf = (resources: readonly PolicyResource[]): string[] => resources.map(({ urn }) => urn);

/**
 * The SDK gives properties behind proxies, which hide what is secret and throw at what is unknown. Their descriptors are
 * those of the values themselves.
 */
export const inputsOf = (props: Readonly<Record<string, unknown>>): RecordedResource["inputs"] =>
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(props)).map(([name, { value }]) => [
      name,
      toValue(value),
    ]),
  );

function toValue(raw: unknown): Value {
  if (raw instanceof MarkedSecret) return new Secret(toValue(raw.value));
  if (isUnknown(raw)) return new Unknown();
  if (Array.isArray(raw)) return raw.map(toValue);
  if (typeof raw === "object" && raw !== null) {
    return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, toValue(value)]));
  }
  return raw as null | boolean | number | string;
}

function isUnknown(value: unknown): boolean {
  try {
    void unknownCheckingProxy({ value })["value"];
    return false;
  } catch (error) {
    if (error instanceof UnknownValueError) return true;
    throw error;
  }
}
