import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import { actionSchema } from "../contract.ts";
import type { Answer, Ask, OpenModel, Request } from "./ask.ts";
import type { CreateAgent, Decision, Observation, Task } from "./contract.ts";
import { instructions, pageMessage } from "./prompt.ts";

/** https://platform.claude.com/docs/en/about-claude/models/overview */
const model: Anthropic.Model = "claude-sonnet-5-5";

/** Enough for a call and the few notes that the model writes before it. */
const maxTokens = 4_096;

const verdictSchema = z.object({
  passed: z.boolean().describe("whether the user reached the objective"),
  reason: z.string().min(1).describe("what shows it, in a sentence"),
});

const stepSchema = z.object({
  reasoning: z.string().min(1).describe("why this user does this now, in a sentence"),
  action: z.union([...actionSchema.options, verdictSchema.extend({ kind: z.literal("end") })]),
});

const describeTool = (name: string, description: string, input: z.ZodType): Anthropic.Tool => ({
  name,
  description,
  input_schema: z.toJSONSchema(input) as Anthropic.Tool.InputSchema,
});

interface Question {
  readonly tool: Anthropic.Tool;
  /** @returns the decision, or what is wrong with the input, in words. */
  read(input: unknown): Decision | string;
}

const stepQuestion: Question = {
  tool: describeTool(
    "step",
    "Takes the user's next step on the page, or ends the session. `ref` is the reference of an element in the page " +
      "description, such as e12 for `[ref=e12]`. Use `end` once the objective is reached or cannot be reached.",
    stepSchema,
  ),
  read(input) {
    const { data, error } = stepSchema.safeParse(input);
    if (!data) return z.prettifyError(error);
    const { action, reasoning } = data;
    return action.kind === "end" ? action : { kind: "act", action, reasoning };
  },
};

/** Once there are no steps left, no further one can be chosen. */
const verdictQuestion: Question = {
  tool: describeTool("verdict", "Ends the session with a judgement of what happened.", verdictSchema),
  read(input) {
    const { data, error } = verdictSchema.safeParse(input);
    return data ? { kind: "end", ...data } : z.prettifyError(error);
  },
};

/** Lets a model choose the steps. */
export const modelAgent =
  (open: OpenModel): CreateAgent =>
  (task) => {
    const ask = open(task);
    return { decide: (observation, signal) => decide(ask, task, observation, signal) };
  };

async function decide(
  ask: Ask,
  task: Task,
  observation: Observation,
  signal: AbortSignal,
): Promise<Decision> {
  const { step, maxSteps } = observation;
  const question = step > maxSteps ? verdictQuestion : stepQuestion;
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: pageMessage(observation) }];
  let tokens = 0;
  const put = async () => {
    const request: Request = {
      model,
      max_tokens: maxTokens,
      system: instructions(task),
      // This model refuses a tool that is forced, and thinking that is switched off; this is the least that it thinks.
      // https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5
      thinking: { type: "between_tools" },
      output_config: { effort: "medium" },
      tools: [question.tool],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      messages: [...messages],
    };
    const answer = await ask(request, { step, signal });
    tokens += tokensOf(answer);
    return answer;
  };

  const first = await put();
  const read = readAnswer(first, question);
  if (typeof read !== "string") return { ...read, tokens };
  messages.push(
    { role: "assistant", content: first.content.length > 0 ? first.content : "(nothing)" },
    { role: "user", content: objection(first, question, read) },
  );
  const second = readAnswer(await put(), question);
  if (typeof second !== "string") return { ...second, tokens };
  throw new Error(
    `The model answered step ${step} twice with no valid call of "${question.tool.name}": ${second}`,
  );
}

function readAnswer(
  { content, stop_reason, stop_details }: Answer,
  { tool, read }: Question,
): Decision | string {
  if (stop_reason === "refusal") {
    const why = stop_details?.explanation ?? stop_details?.category ?? "it gave no reason";
    return { kind: "end", passed: false, reason: `The model refused to go on with this session: ${why}` };
  }
  const call = content.find((block) => block.type === "tool_use");
  if (call === undefined) return `it called no tool (stop reason: ${stop_reason}).`;
  if (call.name !== tool.name)
    return `it called the tool ${JSON.stringify(call.name)}, which it was not offered.`;
  return read(call.input);
}

/** A tool call is answered with a result, anything else with words. */
function objection({ content }: Answer, { tool }: Question, problem: string): Anthropic.ContentBlockParam[] {
  const text = `That is no valid answer: ${problem}\nCall the tool "${tool.name}" again, with an input that fits its schema.`;
  const calls = content.filter((block) => block.type === "tool_use");
  return calls.length === 0
    ? [{ type: "text", text }]
    : calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, is_error: true, content: text }));
}

/** All that is paid for: what was read, from the cache or not, and what was written. */
const tokensOf = ({ usage }: Answer) =>
  usage.input_tokens +
  usage.output_tokens +
  (usage.cache_creation_input_tokens ?? 0) +
  (usage.cache_read_input_tokens ?? 0);
