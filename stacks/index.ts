import { RunError } from "@pulumi/pulumi/errors.js";
import { parseConfig } from "../infra/config/parse.ts";
import { readProgram } from "../infra/config/program.ts";
import type { Config } from "../infra/config/schema.ts";
import { refuseViolations } from "../infra/policy/gate.ts";

/** The Pulumi program: makes what the stack's tier is made of, unless that breaks a rule, and returns the stack's outputs. */
export default async function program() {
  const raw = readProgram();
  const config = parseConfig(raw);
  await refuseViolations(() => make(config), raw, config);
  return make(config);
}

async function make(config: Config): Promise<Record<string, unknown>> {
  switch (config.tier) {
    case "vps": {
      const { vps } = await import("./vps.ts");
      return vps(config);
    }
    case "local": {
      const { local } = await import("./local.ts");
      return local(config);
    }
    case "paas":
    case "fly":
    case "kubernetes":
      throw new RunError(`tier ${config.tier} is not built yet; tiers that are: local and vps`);
    default:
      return config satisfies never;
  }
}
