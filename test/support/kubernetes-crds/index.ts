/**
 * Definitions of other projects' custom resources, as they have published them, and what is wrong with an object by
 * these. Where each is from, and what of it is left out, is said at the head of its file. A new version of a chart asks
 * for the definitions of that version.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AnySchemaObject, Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { parseAllDocuments } from "yaml";
import { type Recording, Secret, Unknown, type Value } from "../../../infra/plan/record.ts";

/** As an API server takes it. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: AnySchemaObject };
    }[];
  };
}

/** All of them. */
export const definitions: readonly Definition[] = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".yaml"))
  .flatMap((file) => parseAllDocuments(readFileSync(join(import.meta.dirname, file), "utf8")))
  .map((document) => document.toJS() as Definition);

/** Patterns are Go's, which says inside them that case does not matter (https://github.com/google/re2/wiki/Syntax). */
const goPattern = Object.assign(
  (pattern: string, flags: string) =>
    pattern.includes("(?i)")
      ? new RegExp(pattern.replace("(?i)", ""), `${flags}i`)
      : new RegExp(pattern, flags),
  { code: "new RegExp" },
);
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, code: { regExp: goPattern } });
formats.default(ajv);

const validators = new Map<string, ValidateFunction>(
  definitions.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name, schema }) => [
      `${group}/${name}:${names.kind}`,
      ajv.compile(closed(schema.openAPIV3Schema)),
    ]),
  ),
);

/**
 * A structural schema as JSON Schema that refuses unknown fields, which an API server with strict validation does
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/). Rules in CEL are
 * not asked.
 */
function closed(schema: AnySchemaObject): AnySchemaObject {
  const { type, properties, items, additionalProperties, ...rest } = schema;
  if (schema["x-kubernetes-int-or-string"] === true) return { ...rest, type: ["integer", "string"] };
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true || properties === undefined;
  return {
    ...rest,
    ...(type !== undefined && { type: schema["nullable"] === true ? [type, "null"] : type }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, AnySchemaObject>).map(([name, each]) => [
          name,
          name === "metadata" && properties["spec"] !== undefined ? {} : closed(each),
        ]),
      ),
    }),
    ...(items !== undefined && { items: closed(items) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: closed(additionalProperties) }
      : !isOpen && { additionalProperties: false }),
  };
}

/**
 * What is wrong with an object, with its path; `[]` where nothing is.
 * @throws where there is no definition of its kind.
 */
export function faultsOf(object: { readonly apiVersion: string; readonly kind: string }): string[] {
  const kind = `${object.apiVersion}:${object.kind}`;
  const validate = validators.get(kind);
  if (validate === undefined)
    throw new Error(
      `there is no definition of ${kind}; known are ${[...validators.keys()].toSorted().join(", ")}`,
    );
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${kind}${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The custom resources that a program has registered, as an API server is sent them, secrets included. */
export const customResourcesOf = ({ resources }: Recording): CustomObject[] =>
  resources.filter(isCustom).map(({ inputs }) => plain(inputs) as CustomObject);

/** What is wrong with the custom resources that a program has registered. */
export const faultsIn = (recording: Recording): string[] => customResourcesOf(recording).flatMap(faultsOf);

/**
 * Groups of Kubernetes' own have no dot, or end in its domain; those of others end elsewhere, but for the Gateway API.
 * A Helm release is of Pulumi's provider.
 */
const isCustom = ({ type }: { readonly type: string }): boolean => {
  const [, group = ""] = type.match(/^kubernetes:([^/:]+)\//) ?? [];
  if (group === "helm.sh" || !group.includes(".")) return false;
  return !group.endsWith(".k8s.io") || group === "gateway.networking.k8s.io";
};

/** @throws for what only a provider can tell: a recording of a preview says too little. */
function plain(value: Value): unknown {
  if (value instanceof Secret) return plain(value.reveal());
  if (value instanceof Unknown) throw new Error("a value is unknown; record with preview: false");
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
