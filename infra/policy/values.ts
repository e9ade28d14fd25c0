import { Secret, Unknown, type RecordedResource, type Recording, type Value } from "../plan/record.ts";

export const containerType = "docker:index/container:Container";

export const containersOf = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ type }) => type === containerType);

const runners = new Set([
  containerType,
  "testfarm:fly:Machine",
  "testfarm:railway:Service",
  "testfarm:render:Job",
  "testfarm:render:Service",
]);

/** What runs an image, on an engine of one's own or at a company. */
export const runningOf = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ type }) => runners.has(type));

/** The elements of a list that are known and no secret; nothing for anything else. */
export const listOf = (value: Value | undefined): { readonly [key: string]: Value }[] =>
  Array.isArray(value) ? value.filter(isMapping) : [];

export const textsOf = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

export const isMapping = (value: Value | undefined): value is { [key: string]: Value } =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Secret) &&
  !(value instanceof Unknown);

/** A value in depth; `undefined` where something on the way is missing, secret or not known yet. */
export const at = (value: Value | undefined, ...path: readonly string[]): Value | undefined =>
  path.reduce<Value | undefined>((parent, name) => (isMapping(parent) ? parent[name] : undefined), value);

export const mappingAt = (
  value: Value | undefined,
  ...path: readonly string[]
): { readonly [key: string]: Value } => {
  const found = at(value, ...path);
  return isMapping(found) ? found : {};
};

/** An image's name without registry, tag and digest: `postgres` of `docker.io/library/postgres:17`. */
export const imageName = (image: string): string =>
  image.replace(/@.*$/, "").split("/").at(-1)?.replace(/:.*$/, "") ?? "";
