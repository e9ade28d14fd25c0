import Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import { actionSchema } from "../contract.ts";
import type { CreateAgent, Decision, Observation, Task } from "./contract.ts";
import { instructions, pageMessage } from "./prompt.ts";

/** https://platform.claude.com/docs/en/about-claude/models/overview */
const model: Anthropic.Model = "claude-sonnet-5-5";

/** The client's own default is 10 minutes, longer than a whole session. It tries twice more on 429, 5xx and timeouts. */
const timeout = 60_000;
const maxTokens = 1_024;

const endSchema = z.object({
  kind: z.literal("end"),
  passed: z.boolean().describe("whether the user reached the objective"),
  reason: z.string().min(1).describe("what shows it, in a sentence"),
});

const stepSchema = z.object({
  reasoning: z.string().min(1).describe("why this user does this now, in a sentence"),
  action: z.union([...actionSchema.options, endSchema]),
});

const tool = {
  name: "step",
  description:
    "Takes the user's next step on the page, or ends the session. `ref` is the reference of an element in the page " +
    "description, such as e12 for `[ref=e12]`. Use `end` once the objective is reached or cannot be reached.",
  input_schema: z.toJSONSchema(stepSchema) as Anthropic.Tool.InputSchema,
} satisfies Anthropic.Tool;

/** Lets a model choose the steps. */
export function modelAgent(options: { readonly apiKey: string; readonly baseURL?: string }): CreateAgent {
  const client = new Anthropic({ ...options, timeout });
  return (task) => ({ decide: (observation, signal) => decide(client, task, observation, signal) });
}

async function decide(
  client: Anthropic,
  task: Task,
  observation: Observation,
  signal: AbortSignal,
): Promise<Decision> {
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: pageMessage(observation) }];
  const ask = () =>
    client.messages.create(
      {
        model,
        max_tokens: maxTokens,
        system: instructions(task),
        tools: [tool],
        tool_choice: { type: "tool", name: tool.name, disable_parallel_tool_use: true },
        messages,
      },
      { signal },
    );

  const first = await ask();
  const read = readStep(first);
  if (read.decision) return read.decision;
  messages.push(
    { role: "assistant", content: first.content },
    { role: "user", content: objection(first, read.problem) },
  );
  const second = readStep(await ask());
  if (second.decision) return second.decision;
  throw new Error(`The model answered twice with no valid step: ${second.problem}`);
}

type Read =
  | { readonly decision: Decision; readonly problem?: undefined }
  | { readonly decision?: undefined; readonly problem: string };

function readStep({ content, stop_reason }: Anthropic.Message): Read {
  const call = content.find((block) => block.type === "tool_use");
  if (call === undefined) return { problem: `it called no tool (stop reason: ${stop_reason}).` };
  const parsed = stepSchema.safeParse(call.input);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) };
  const { action, reasoning } = parsed.data;
  return { decision: action.kind === "end" ? action : { kind: "act", action, reasoning } };
}

/** A tool call is answered with a result, anything else with words. */
function objection({ content }: Anthropic.Message, problem: string): Anthropic.ContentBlockParam[] {
  const text = `That is no valid step: ${problem}\nCall the tool "${tool.name}" again, with an input that fits its schema.`;
  const calls = content.filter((block) => block.type === "tool_use");
  return calls.length === 0
    ? [{ type: "text", text }]
    : calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, is_error: true, content: text }));
}
