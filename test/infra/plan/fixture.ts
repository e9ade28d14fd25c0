import { join } from "node:path";
import { readStackFile } from "../../../infra/config/file.ts";
import { type Plan, planOf } from "../../../infra/plan/plan.ts";
import { record, type Recording, type RecordOptions } from "../../../infra/plan/record.ts";
import program from "../fixtures/project/program/index.ts";

/** What the fixture's program registers for one of its stacks. */
export function recordFixture(stack: string, options: Partial<RecordOptions> = {}): Promise<Recording> {
  const raw = readStackFile(join("test/infra/fixtures/project", `Pulumi.${stack}.yaml`), "fixture");
  const { values: config, secretKeys } = raw;
  return record(program, { project: "fixture", stack, config, secretKeys, ...options });
}

export async function planFixture(stack: string, options: Partial<RecordOptions> = {}): Promise<Plan> {
  const about = { project: "fixture", stack, tier: "vps", notes: [], violations: [] };
  return planOf(await recordFixture(stack, options), about);
}

/** Providers answer as after `pulumi up`, with secrets that are seen wherever they stand in clear. */
export const answered = {
  preview: false,
  respond: ({ type, name }) => {
    if (type === "random:index/randomPassword:RandomPassword") return { state: { result: `canary-${name}` } };
    if (type === "digitalocean:index/reservedIp:ReservedIp") return { state: { ipAddress: "198.18.0.1" } };
    return { id: "4711", state: type === "docker:index/container:Container" ? { name } : {} };
  },
} satisfies Partial<RecordOptions>;
