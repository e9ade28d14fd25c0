/** A server that speaks a vendor's contract: it refuses whatever the vendor does not publish, and can be told to fail. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Contract, Operation, Schema } from "./contract.ts";
import { planTroubles, serve } from "./serving.ts";

export interface Call {
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** As the contract has it. */
  readonly body: never;
}

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly body?: unknown;
}

/** What the vendor does, by `POST /v2/redis/database`; each of them is in the contract. */
export type Behaviour = Readonly<Record<string, (call: Call) => Reply>>;

/**
 * What becomes of a call.
 *
 * - a reply: it is answered so, and nothing is done;
 * - `lost`: it is done, and the answer does not arrive.
 */
export type Trouble = (Reply & { readonly headers?: Readonly<Record<string, string>> }) | "lost";

export interface ContractServer {
  readonly url: string;
  /** Every call: `POST /v2/redis/database`, with the path's own ids. */
  readonly calls: readonly string[];
  /** Calls that the vendor would not have understood, a line each. */
  readonly violations: readonly string[];
  /** @param skip how many calls of that kind go well before. */
  readonly troubleAt: (call: string, trouble: Trouble, skip?: number) => void;
  /** Forgets what was planned. */
  readonly calm: () => void;
}

export interface Options {
  readonly contract: Contract;
  readonly behaviour: Behaviour;
  /** What a call without the right credentials is answered with; `undefined` for one that has them. */
  readonly refusal: (headers: IncomingHttpHeaders) => Reply | undefined;
  /** What the vendor answers to a call that it does not understand. Default 400. */
  readonly malformed?: (problem: string) => Reply;
}

interface Route extends Operation {
  readonly name: string;
  readonly pattern: RegExp;
  readonly checks: Readonly<Record<"query" | "body" | "answer", ValidateFunction | undefined>>;
}

export async function startContractServer({
  contract,
  behaviour,
  refusal,
  malformed,
}: Options): Promise<ContractServer> {
  const routes = routesOf(contract);
  for (const name of Object.keys(behaviour))
    if (!routes.some((route) => route.name === name)) throw new Error(`${name} is not in ${contract.source}`);
  const calls: string[] = [];
  const violations: string[] = [];
  const troubles = planTroubles();

  function violation(problem: string): Reply {
    violations.push(problem);
    return malformed?.(problem) ?? { status: 400, body: { message: problem } };
  }

  async function answer(request: IncomingMessage): Promise<Trouble> {
    const { method = "", url = "" } = request;
    const { pathname, searchParams } = new URL(url, "http://local");
    const call = `${method} ${pathname}`;
    calls.push(call);
    const refused = refusal(request.headers);
    if (refused !== undefined) return refused;
    const route = routes.find((each) => each.method === method && each.pattern.test(pathname));
    if (route === undefined) return violation(`${call} is not in ${contract.source}`);
    const query = Object.fromEntries(searchParams);
    const sent = await text(request);
    const body = sent === "" ? undefined : (JSON.parse(sent) as unknown);
    const problem =
      problemOf(
        route.checks.query,
        Object.keys(query).length === 0 ? undefined : query,
        "query",
        route.query,
      ) ?? problemOf(route.checks.body, body, "body", route.body);
    if (problem !== undefined) return violation(`${call}: ${problem}`);
    const trouble = troubles.take(route.name);
    if (trouble !== undefined && trouble !== "lost") return trouble;
    const params = route.pattern.exec(pathname)?.groups ?? {};
    const decoded = Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]);
    const reply = behaviour[route.name]!({
      params: Object.fromEntries(decoded) as Record<string, string>,
      query,
      body: body as never,
    });
    checkAnswer(route, reply);
    return trouble ?? reply;
  }

  return {
    url: await serve((request) => answer(request).catch((error: Error) => violation(error.message))),
    calls,
    violations,
    troubleAt(call, trouble, skip = 0) {
      if (!Object.hasOwn(behaviour, call)) throw new Error(`${call} has no behaviour`);
      troubles.plan(call, trouble, skip);
    },
    calm: troubles.forget,
  };
}

function routesOf({ operations, definitions }: Contract): Route[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  if (definitions !== undefined) ajv.addSchema({ ...definitions, $id: "contract" });
  const compile = (schema: Schema | undefined) =>
    schema &&
    ajv.compile(definitions === undefined ? schema : { ...schema, $id: `contract-${Math.random()}` });
  return operations.map((operation) => ({
    ...operation,
    name: `${operation.method} ${operation.path}`,
    pattern: new RegExp(`^${operation.path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
    checks: {
      query: compile(operation.query),
      body: compile(operation.body),
      answer: compile(operation.answer),
    },
  }));
}

function problemOf(
  check: ValidateFunction | undefined,
  value: unknown,
  what: string,
  schema: Schema | undefined,
): string | undefined {
  if (check === undefined) return value === undefined ? undefined : `it has no ${what}`;
  if (value === undefined && (schema?.["required"] as readonly string[] | undefined)?.length === 0)
    return undefined;
  return check(value ?? (what === "query" ? {} : undefined)) ? undefined : `${what} ${messageOf(check)}`;
}

const messageOf = ({ errors }: ValidateFunction): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join("; ");

/** A server that answers something else than the vendor would proves nothing. */
function checkAnswer({ name, checks: { answer } }: Route, { status = 200, body }: Reply): void {
  if (status < 300 && answer !== undefined && !answer(body))
    throw new Error(
      `The server's own answer to ${name} is not as the vendor publishes it: ${messageOf(answer)}`,
    );
}
