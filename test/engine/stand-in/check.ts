/** Compares the properties of a resource with the types its SDK publishes. */
import { closest } from "fastest-levenshtein";
import type { Failure, Properties, Value } from "../../../components/provider/contract.ts";
import { unknown } from "../../../components/provider/wire.ts";
import type { Property, Shape, Type } from "./sdk-types.ts";

/** @param owner what has the properties, for the messages: `ContainerArgs`. */
export function failuresOf(properties: Properties, shape: Shape, owner: string, path = ""): Failure[] {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const given = Object.entries(properties).filter((entry): entry is [string, Value] => present(entry[1]));
  const missing = [...shape]
    .filter(([name, { required }]) => required && !present(properties[name]))
    .map(([name, { type }]) => failure(at(name), `is missing; ${owner} requires it as ${nameOf(type)}`));
  const wrong = given.flatMap(([name, value]) => {
    const property: Property | undefined = shape.get(name);
    if (property) return mismatches(value, property.type, at(name));
    return [failure(at(name), `is not known to ${owner}; ${hint(name, [...shape.keys()])}`)];
  });
  return [...missing, ...wrong];
}

function mismatches(value: Value, type: Type, path: string): Failure[] {
  if (value === unknown || type.kind === "any") return [];
  if (type.kind === "union") {
    const tries = type.of.map((each) => mismatches(value, each, path));
    return tries.some((failures) => failures.length === 0) ? [] : [mismatch(value, type, path)];
  }
  if (type.kind === "literal") return value === type.value ? [] : [mismatch(value, type, path)];
  if (type.kind === "array") {
    if (!Array.isArray(value)) return [mismatch(value, type, path)];
    return value.flatMap((item, index) => mismatches(item, type.of, `${path}[${index}]`));
  }
  if (type.kind === "map" || type.kind === "object") {
    if (value === null || typeof value !== "object" || Array.isArray(value))
      return [mismatch(value, type, path)];
    if (type.kind === "object") return failuresOf(value, type.shape(), type.name, path);
    return Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : mismatches(item, type.of, `${path}.${key}`),
    );
  }
  return typeof value === type.kind ? [] : [mismatch(value, type, path)];
}

function mismatch(value: Value, type: Type, path: string): Failure {
  return failure(path, `is ${JSON.stringify(value).slice(0, 80)}; allowed is ${nameOf(type)}`);
}

const failure = (property: string, reason: string): Failure => ({
  property,
  reason: `${property} ${reason}`,
});

const present = (value: Value | undefined): boolean => value !== undefined && value !== null;

function hint(name: string, known: readonly string[]): string {
  return known.length === 0 ? "it takes none" : `the nearest it knows is ${closest(name, known)}`;
}

function nameOf(type: Type): string {
  switch (type.kind) {
    case "array":
      return `${nameOf(type.of)}[]`;
    case "map":
      return `a map of ${nameOf(type.of)}`;
    case "union":
      return type.of.map(nameOf).join(" | ");
    case "literal":
      return JSON.stringify(type.value);
    case "object":
      return type.name;
    default:
      return type.kind;
  }
}
