/** A server that speaks a vendor's GraphQL contract: as `startContractServer`, for one address and a schema. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";
import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
  type GraphQLScalarType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  validate,
} from "graphql";
import type { Schema } from "./contract.ts";
import type { ContractServer, Reply } from "./server.ts";
import { planTroubles, serve } from "./serving.ts";

export interface GraphqlContract {
  /** Where the vendor publishes it. */
  readonly source: string;
  /** When it was read: `2026-11-26`. */
  readonly readAt: string;
  /** `/graphql/v2` */
  readonly path: string;
  /** The part of it that is used, in GraphQL's own language. */
  readonly schema: string;
  /** What the schema says of a scalar only in words, sent and answered. */
  readonly scalars?: Readonly<Record<string, Schema>>;
}

/** What the vendor does, by `GET <field of Query>` and `POST <field of Mutation>`; each of them is in the schema. */
export type GraphqlBehaviour = Readonly<Record<string, (args: never) => unknown>>;

/** What the vendor refuses by itself, with its message. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export interface GraphqlOptions {
  readonly contract: GraphqlContract;
  readonly behaviour: GraphqlBehaviour;
  /** What a call without the right credentials is answered with; `undefined` for one that has them. */
  readonly refusal: (headers: IncomingHttpHeaders) => Reply | undefined;
  /** How a refusal is told: GraphQL has an error with status 200. */
  readonly refused: (message: string, path?: readonly (string | number)[]) => Reply;
  /** How a document is answered that it does not understand. */
  readonly malformed: (problem: string) => Reply;
}

export async function startGraphqlServer(options: GraphqlOptions): Promise<ContractServer> {
  const { contract, behaviour, refusal, refused, malformed } = options;
  const schema = schemaOf(contract);
  const roots = { GET: schema.getQueryType()!, POST: schema.getMutationType()! };
  for (const name of Object.keys(behaviour)) {
    const [method, field] = name.split(" ") as [keyof typeof roots, string];
    if (roots[method].getFields()[field] === undefined)
      throw new Error(`${name} is not in ${contract.source}`);
  }
  const calls: string[] = [];
  const violations: string[] = [];
  const troubles = planTroubles();

  function violation(problem: string): Reply {
    violations.push(problem);
    return malformed(problem);
  }

  async function answer(request: IncomingMessage) {
    const { method, url, headers } = request;
    if (method !== "POST" || url !== contract.path)
      return violation(`${method} ${url} is not in ${contract.source}`);
    const sent = JSON.parse(await text(request)) as Sent;
    const asked = read(sent);
    if (typeof asked === "string") return violation(asked);
    calls.push(asked.call);
    const denied = refusal(headers);
    if (denied !== undefined) return denied;
    const problem = problemOf(schema, asked, sent);
    if (problem !== undefined) return violation(`${asked.call}: ${problem}`);
    const trouble = troubles.take(asked.call);
    if (trouble !== undefined && trouble !== "lost") return trouble;
    const result = execute({
      schema,
      document: asked.document,
      variableValues: sent.variables ?? null,
      rootValue: { [asked.field]: behaviour[asked.call] },
    }) as ExecutionResult;
    return trouble ?? told(asked, result);
  }

  function told({ call }: Asked, result: ExecutionResult): Reply {
    const [error] = result.errors ?? [];
    if (error === undefined) return { body: result };
    return error.originalError instanceof Refusal
      ? refused(error.message, error.path)
      : violation(`${call}: ${defectOf(error)}`);
  }

  return {
    url: await serve(answer),
    calls,
    violations,
    troubleAt(call, trouble, skip = 0) {
      if (!Object.hasOwn(behaviour, call)) throw new Error(`${call} has no behaviour`);
      troubles.plan(call, trouble, skip);
    },
    calm: troubles.forget,
  };
}

interface Sent {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

interface Asked {
  /** `GET project` */
  readonly call: string;
  readonly field: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** Documents have one operation with one field here, so that a call has a name. @returns what is wrong with it. */
function read(sent: Sent): Asked | string {
  const others = Object.keys(sent).filter((name) => name !== "query" && name !== "variables");
  if (others.length > 0) return `the body has ${others.join(", ")}`;
  const { query } = sent;
  try {
    const document = parse(query);
    const [operation, ...more] = document.definitions as OperationDefinitionNode[];
    const [field, ...fields] = operation!.selectionSet.selections as FieldNode[];
    if (more.length > 0 || fields.length > 0) return `more than one field is asked for: ${query}`;
    const name = field!.name.value;
    return {
      call: `${operation!.operation === "query" ? "GET" : "POST"} ${name}`,
      field: name,
      document,
      operation: operation!,
    };
  } catch (error) {
    return `${(error as Error).message}: ${query}`;
  }
}

function problemOf(
  schema: GraphQLSchema,
  { document, operation }: Asked,
  { variables = {} }: Sent,
): string | undefined {
  const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const undeclared = Object.keys(variables).filter((name) => !declared.includes(name));
  if (undeclared.length > 0) return `variables without a declaration: ${undeclared.join(", ")}`;
  const errors = validate(schema, document);
  return errors.length === 0 ? undefined : errors.map(({ message }) => message).join("; ");
}

/** A variable that does not fit, or an answer of this server's own that the vendor would not give. */
const defectOf = ({ message, path }: GraphQLError): string =>
  path === undefined ? message : `the server's own answer at ${path.join(".")}: ${message}`;

function schemaOf({ schema: source, scalars = {} }: GraphqlContract): GraphQLSchema {
  const schema = buildSchema(source);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  for (const [name, fitting] of Object.entries(scalars)) {
    const fits = ajv.compile(fitting);
    const scalar = schema.getType(name) as GraphQLScalarType;
    const checked = (value: unknown) => {
      if (fits(value)) return value;
      throw new TypeError(`${name} ${ajv.errorsText(fits.errors)}: ${JSON.stringify(value)}`);
    };
    scalar.parseValue = checked;
    scalar.serialize = checked;
  }
  return schema;
}
