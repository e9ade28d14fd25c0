import { readStackFile } from "../config/file.ts";
import { parseConfig, type RawConfig } from "../config/parse.ts";
import { placeholdersIn } from "../config/placeholders.ts";
import { violationsOf } from "../policy/check.ts";
import { circumstancesOf } from "../policy/rule.ts";
import { type Plan, planOf } from "./plan.ts";
import { programOf, type Project, stackFile } from "./project.ts";
import { record, type Recording } from "./record.ts";
import { citiesOf } from "./regions.ts";

/**
 * Plans a stack by its file, with neither network nor account.
 *
 * @throws {ConfigError} when its configuration is wrong.
 */
export async function planStack(project: Project, stack: string): Promise<Plan> {
  const raw = readStackFile(stackFile(project, stack), project.name);
  const config = parseConfig(raw);
  const recording = await recordStack(project, stack, raw);
  const about = {
    project: project.name,
    stack,
    tier: config.tier,
    violations: violationsOf(recording, circumstancesOf(config), config.waive),
    notes: placeholdersIn(config).map(({ path, message }) => `${path}: ${message}`),
  };
  return planOf(recording, about, citiesOf(config));
}

/** What a stack's program makes, with what its file says. */
export const recordStack = (
  project: Project,
  stack: string,
  { values, secretKeys }: RawConfig,
): Promise<Recording> =>
  record(programOf(project), { project: project.name, stack, config: values, secretKeys });
