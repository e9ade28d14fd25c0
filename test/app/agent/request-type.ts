import { resolve } from "node:path";
import ts from "typescript";

const file = resolve(import.meta.dirname, "request.check.ts");
const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  types: ["node"],
};
const files = ts.createCompilerHost(options);
const sources = new Map<string, ts.SourceFile | undefined>();
let program: ts.Program | undefined;

/**
 * What the compiler says of a request's body against the type that the SDK publishes for it, unknown properties
 * included; empty when it fits.
 */
export function problemsOf(body: string): readonly string[] {
  const text =
    `import type { MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages/messages";\n` +
    `export const body: MessageCreateParamsNonStreaming = ${body};\n`;
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (name) => name === file || files.fileExists(name),
    readFile: (name) => (name === file ? text : files.readFile(name)),
    getSourceFile(name, languageVersion) {
      if (name === file) return ts.createSourceFile(name, text, languageVersion);
      if (!sources.has(name)) sources.set(name, files.getSourceFile(name, languageVersion));
      return sources.get(name);
    },
  };
  program = ts.createProgram([file], options, host, program);
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"),
  );
}
