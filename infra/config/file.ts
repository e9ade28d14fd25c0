import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { LineCounter, parseDocument, visit } from "yaml";
import { ConfigError, hidden, type RawConfig } from "./parse.ts";

/**
 * Reads a `Pulumi.<stack>.yaml` into the form in which the engine hands it to the program. Nothing is decrypted: of a
 * value with a `secure:` in it, only its presence is read.
 *
 * @param path of the stack's file.
 * @param project name in Pulumi.yaml, the namespace of keys that name none.
 * @throws {ConfigError} when the file is not YAML or not a stack's file.
 */
export function readStackFile(path: string, project: string): RawConfig {
  const file = basename(path);
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [name, value] of Object.entries(readConfig(path, file))) {
    const key = name.includes(":") ? name.replace(/^([^:]+):config:/, "$1:") : `${project}:${name}`;
    const secret = holdsSecure(value);
    if (secret) secretKeys.push(key);
    values[key] = secret ? hidden : typeof value === "string" ? value : JSON.stringify(value);
  }
  return { file, values, secretKeys };
}

function readConfig(path: string, file: string): Record<string, unknown> {
  const content = readYaml(path, file);
  const config = isMapping(content) ? (content["config"] ?? {}) : (content ?? {});
  if (isMapping(config)) return config;
  throw new ConfigError(file, [
    { path: "config", message: "must be a mapping of settings, such as testfarm:tier: vps" },
  ]);
}

function readYaml(path: string, file: string): unknown {
  const lineCounter = new LineCounter();
  // A pretty error quotes the line that it is about, and that may hold a secret.
  const options = { merge: true, lineCounter, prettyErrors: false };
  const document = parseDocument(readFileSync(path, "utf8"), options);
  const notYaml = (position: number, reason: string) => {
    const { line } = lineCounter.linePos(position);
    return new ConfigError(file, [{ path: `line ${line}`, message: `is not YAML: ${reason}` }]);
  };
  const [error] = document.errors;
  // Behind a colon some of the reasons quote the file.
  if (error) throw notYaml(error.pos[0], error.message.replace(/: .*/s, ""));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const reason = "an alias that nothing defines; put a text that begins with * in quotes";
      throw notYaml(alias.range?.[0] ?? 0, reason);
    },
  });
  return document.toJS();
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The engine's rule: a mapping whose only key is `secure`, with text, anywhere in the value. */
function holdsSecure(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecure);
  if (!isMapping(value)) return false;
  const entries = Object.entries(value);
  if (entries.length === 1 && typeof value["secure"] === "string") return true;
  return entries.some(([, each]) => holdsSecure(each));
}
