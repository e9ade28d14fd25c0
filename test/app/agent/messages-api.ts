import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type Anthropic from "@anthropic-ai/sdk";
import type { Request } from "../../../app/agent/ask.ts";
import { problemsOf } from "./request-type.ts";

export const apiKey = "sk-ant-canary-0123456789";

type Content = { readonly input: unknown; readonly tool?: string } | { readonly words: string };

/** What the stand-in model answers with, one for each request; the last one again and again. */
export type Reply = (request: Request, response: ServerResponse) => void;

let ids = 0;

const messageOf = (
  content: Anthropic.ContentBlock[],
  more: Partial<Anthropic.Message> = {},
): Anthropic.Message => ({
  id: `msg_${ids++}`,
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  container: null,
  content,
  stop_reason: "tool_use",
  stop_sequence: null,
  stop_details: null,
  diagnostics: null,
  usage: {
    input_tokens: 900,
    output_tokens: 100,
    cache_creation: null,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    inference_geo: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    speed: null,
  },
  ...more,
});

/** Calls a tool, the offered one unless it is named, or says something. */
export const says =
  (content: Content, more: Partial<Anthropic.Message> = {}): Reply =>
  ({ tools }, response) => {
    const offered = (tools?.[0] as Anthropic.Tool | undefined)?.name ?? "";
    const block =
      "words" in content
        ? ({ type: "text", text: content.words, citations: null } as const)
        : ({
            type: "tool_use",
            id: `toolu_${ids++}`,
            caller: { type: "direct" },
            name: content.tool ?? offered,
            input: content.input,
          } as const);
    answer(
      response,
      200,
      messageOf([block], { ...("words" in content && { stop_reason: "end_turn" }), ...more }),
    );
  };

export const acts = (action: object, reasoning = "It is likely."): Reply =>
  says({ input: { reasoning, action } });
export const judges = (passed: boolean, reason = "The page says so."): Reply =>
  says({ input: { passed, reason } });
/** A refusal comes with what was written before it, here nothing. */
export const refuses: Reply = (_, response) =>
  answer(
    response,
    200,
    messageOf([], {
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: "cyber", explanation: "This looks like an attack." },
    }),
  );
export const fails =
  (status: number, type: string, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    answer(response, status, { type: "error", error: { type, message: type } }, headers);
export const neverAnswers: Reply = () => undefined;

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export interface MessagesApi {
  readonly url: string;
  readonly requests: readonly Request[];
  /** When each of them came, in milliseconds. */
  readonly times: readonly number[];
  close(): Promise<void>;
}

/**
 * Stands in for `POST /v1/messages`: turns away what the published contract does not allow, as the API does, and answers
 * the rest by script. https://platform.claude.com/docs/en/api/messages
 */
export async function serveMessages(...replies: readonly [Reply, ...Reply[]]): Promise<MessagesApi> {
  const requests: Request[] = [];
  const times: number[] = [];
  const server = createServer(async (incoming, response) => {
    const body = await text(incoming);
    const { method, url, headers } = incoming;
    const refusal = refusalOf(`${method} ${url}`, headers, body);
    if (refusal) {
      const [status, type, message] = refusal;
      answer(response, status, { type: "error", error: { type, message } });
      return;
    }
    times.push(performance.now());
    const request = JSON.parse(body) as Request;
    requests.push(request);
    const reply = replies[requests.length - 1] ?? replies.at(-1) ?? neverAnswers;
    reply(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    times,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Refusal = readonly [status: number, type: string, message: string];

function refusalOf(route: string, headers: IncomingHttpHeaders, body: string): Refusal | undefined {
  if (route !== "POST /v1/messages") return [404, "not_found_error", `${route} is no route.`];
  // Since version 2026-10-21 of the API, the first of SDK 1.0, the key travels as a bearer token.
  if (headers.authorization !== `Bearer ${apiKey}`)
    return [401, "authentication_error", "invalid bearer token"];
  if (headers["anthropic-version"] !== "2026-10-21")
    return [400, "invalid_request_error", "anthropic-version: 2026-10-21 is required"];
  if (headers["content-type"] !== "application/json")
    return [400, "invalid_request_error", "content-type: must be application/json"];
  const problem = problemsOf(body)[0] ?? rulesBroken(JSON.parse(body) as Request)[0];
  return problem === undefined ? undefined : [400, "invalid_request_error", problem];
}

const isEmpty = ({ content }: Anthropic.MessageParam) => content.length === 0;

/**
 * What the API asks for beyond the types, and claude-sonnet-5-5 beyond that:
 * https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5
 */
function rulesBroken({
  messages,
  tools = [],
  tool_choice,
  max_tokens,
  thinking,
  output_config,
}: Request): string[] {
  const own = tools as Anthropic.Tool[];
  const calls = messages.map(({ content }) => (typeof content === "string" ? [] : content));
  const unanswered = calls.flatMap((blocks, index) => {
    const answered = (calls[index + 1] ?? []).flatMap((each) =>
      each.type === "tool_result" ? [each.tool_use_id] : [],
    );
    return blocks.flatMap((each) =>
      each.type === "tool_use" && !answered.includes(each.id) ? [each.id] : [],
    );
  });
  return [
    ...(max_tokens < 1 ? ["max_tokens: must be at least 1"] : []),
    ...(messages[0]?.role === "user" ? [] : ["messages: first message must use the user role"]),
    ...(messages.some(isEmpty) ? ["messages: all messages must have non-empty content"] : []),
    ...unanswered.map((id) => `messages: tool_use ${id} without a tool_result in the next message`),
    ...own.flatMap(({ name, input_schema }) => [
      ...(/^[\w-]{1,128}$/.test(name) ? [] : [`tools: the name ${name} does not fit ^[a-zA-Z0-9_-]{1,128}$`]),
      ...(["anyOf", "oneOf", "allOf"].some((key) => key in input_schema)
        ? [`tools.${name}.input_schema: does not support oneOf, allOf, or anyOf at the top level`]
        : []),
    ]),
    ...(tool_choice?.type === "tool" || tool_choice?.type === "any"
      ? ["tool_choice: forced tool use is not supported on this model"]
      : []),
    ...(thinking?.type === "disabled" || thinking?.type === "enabled"
      ? [`thinking: ${thinking.type} is not supported on this model; use between_tools or adaptive`]
      : []),
    ...(thinking?.type === "between_tools" && /^(xhigh|max)$/.test(output_config?.effort ?? "")
      ? ["thinking: between_tools is not supported with this effort"]
      : []),
  ];
}
