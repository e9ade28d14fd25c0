/** Makes a contract of the OpenAPI 3.0 or Swagger 2 document that a vendor publishes. */
import type { Contract, Operation, Schema } from "./contract.ts";

/** The parts that are read. What an operation holds may also be a `$ref`. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** OpenAPI 3. */
  readonly servers?: readonly { readonly url: string }[];
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
  /** Swagger 2. */
  readonly basePath?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

interface Parameter extends Schema {
  readonly in: "path" | "query" | "header" | "cookie" | "body" | "formData";
  readonly name: string;
  readonly required?: boolean;
  /** Absent for Swagger 2 outside bodies, where the parameter is the schema itself. */
  readonly schema?: Schema;
}

/** Schemas by media type. */
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Published {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly schema?: Schema; readonly content?: Content }>>;
}

/**
 * An unknown field is refused at any depth, of an answer too. Headers are not looked at, and of an answer only the first
 * success that has a body.
 *
 * @param used the operations, with the path that precedes all of them: `POST /api/v2/projects`.
 * @throws when one of them is not in the document.
 */
export function contractOf(
  document: Document,
  { source, readAt, used }: Pick<Contract, "source" | "readAt"> & { readonly used: readonly string[] },
): Contract {
  const server = document.basePath ?? document.servers?.[0]?.url ?? "/";
  const base = new URL(server, "http://local").pathname.replace(/\/$/, "");
  const { components, definitions } = document;
  return {
    source,
    readAt,
    operations: used.map((name) => operationOf(document, base, name, source)),
    definitions: {
      ...(components?.schemas && { components: { schemas: eachOf(components.schemas, asPart) } }),
      ...(definitions && { definitions: eachOf(definitions, asPart) }),
    },
  };
}

function operationOf(document: Document, base: string, name: string, source: string): Operation {
  const [method = "", path = ""] = name.split(" ");
  const item = path.startsWith(`${base}/`) ? document.paths[path.slice(base.length)] : undefined;
  const published = item?.[method.toLowerCase()] as Published | undefined;
  if (item === undefined || published === undefined) throw new Error(`${name} is not in ${source}`);
  const parameters = [
    ...((item["parameters"] ?? []) as readonly Parameter[]),
    ...(published.parameters ?? []),
  ].map((each) => resolved(document, each));
  const query = parameters.filter((each) => each.in === "query");
  const body = bodyOf(document, published, parameters);
  const answer = answerOf(document, published);
  return {
    method: method as Operation["method"],
    path,
    ...(query.length > 0 && { query: querySchema(query) }),
    ...(body && { body }),
    ...(answer && { answer }),
  };
}

/** A body that need not be sent requires nothing, which the server takes for just that. */
function bodyOf(
  document: Document,
  { requestBody }: Published,
  parameters: readonly Parameter[],
): Schema | undefined {
  const given = requestBody && resolved(document, requestBody);
  const sent = parameters.find((each) => each.in === "body");
  const schema = sent?.schema ?? inContent(given?.content);
  return schema && ((given ?? sent)?.required ? whole(schema) : { allOf: [whole(schema)], required: [] });
}

function answerOf(document: Document, { responses }: Published): Schema | undefined {
  const [schema] = Object.keys(responses)
    .filter((status) => status.startsWith("2"))
    .map((status) => resolved(document, responses[status]!))
    .flatMap((response): Schema | readonly Schema[] => response.schema ?? inContent(response.content) ?? []);
  return schema && whole(schema);
}

const inContent = (content: Content | undefined): Schema | undefined =>
  (content?.["application/json"] ?? Object.values(content ?? {})[0])?.schema;

/** Everything in a query is text. */
const querySchema = (parameters: readonly Parameter[]): Schema => ({
  type: "object",
  properties: Object.fromEntries(parameters.map((each) => [each.name, asText(each.schema ?? each)])),
  required: parameters.filter((each) => each.required).map((each) => each.name),
  additionalProperties: false,
});

function asText({ type, enum: values }: Schema): Schema {
  if (type === "integer") return { type: "string", pattern: "^-?\\d+$" };
  if (type === "boolean") return { enum: ["true", "false"] };
  return { type: "string", ...(values !== undefined && { enum: values }) };
}

/** Keywords that mean in JSON Schema what they mean in OpenAPI. */
const kept =
  "type enum pattern minLength maxLength minimum maximum minItems maxItems uniqueItems minProperties maxProperties".split(
    " ",
  );
/** Those that are more than the size of a number. */
const formats = ["date-time", "date", "uri", "email", "uuid"];

/** A schema that nothing is added to: no other fields than it knows. */
const whole = (schema: Schema): Schema => translated(schema, { unevaluatedProperties: false });
/** A schema whose fields may be some of those of the whole. */
const asPart = (schema: Schema): Schema => translated(schema, {});

function translated(schema: Schema, closing: Schema): Schema {
  const { $ref, properties, items, additionalProperties: others, required, format } = schema;
  const composed = ["allOf", "anyOf", "oneOf"].filter((keyword) => schema[keyword] !== undefined);
  const isFree =
    schema["type"] === "object" && properties === undefined && others === undefined && composed.length === 0;
  const own: Schema = {
    ...Object.fromEntries(kept.flatMap((keyword) => (keyword in schema ? [[keyword, schema[keyword]]] : []))),
    ...(typeof $ref === "string" && { $ref: $ref.replace(/^#/, "contract#") }),
    ...(formats.includes(format as string) && { format }),
    ...(Array.isArray(required) && { required }),
    ...(properties !== undefined && {
      properties: eachOf(properties as Readonly<Record<string, Schema>>, whole),
    }),
    ...(items !== undefined && { items: whole(items as Schema) }),
    ...(others !== undefined && {
      additionalProperties: typeof others === "object" ? whole(others as Schema) : others,
    }),
    ...(isFree && { additionalProperties: true }),
    ...Object.fromEntries(
      composed.map((keyword) => [keyword, (schema[keyword] as readonly Schema[]).map(asPart)]),
    ),
    ...closing,
  };
  return schema["nullable"] === true || schema["x-nullable"] === true
    ? { anyOf: [own, { type: "null" }] }
    : own;
}

const eachOf = <T, R>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => R,
): Readonly<Record<string, R>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

/** `#/components/parameters/Limit` is followed once: none of these refers on. */
function resolved<T extends object>(document: Document, node: T): T {
  if (!("$ref" in node)) return node;
  const steps = String(node.$ref).split("/").slice(1);
  return steps.reduce<unknown>(
    (value, step) => (value as Readonly<Record<string, unknown>>)[step],
    document,
  ) as T;
}
