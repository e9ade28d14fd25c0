import * as pulumi from "@pulumi/pulumi";
import { ConfigError, parseConfig } from "../infra/config/parse.ts";
import { placeholdersIn } from "../infra/config/placeholders.ts";
import { readProgram } from "../infra/config/program.ts";
import type { Config } from "../infra/config/schema.ts";
import { refuseViolations } from "../infra/policy/gate.ts";

// Node 20 needs half a minute, and as much memory as there is, to print an error whose stack goes through a source map of
// @pulumi/pulumi, as every stack here does: util.inspect looks for the end of the package's name, and the map's files lie
// above it. Neither Node's own maps nor those that Pulumi's runner has registered are of use then.
process.setSourceMapsEnabled(false);
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;

/** The Pulumi program: makes what the stack's tier is made of, unless that breaks a rule, and returns the stack's outputs. */
export default async function program() {
  const raw = readProgram();
  const config = parseConfig(raw);
  if (!pulumi.runtime.isDryRun()) refusePlaceholders(raw.file, config);
  await refuseViolations(() => make(config), raw, config);
  return make(config);
}

function refusePlaceholders(file: string, config: Config): void {
  const problems = placeholdersIn(config);
  if (problems.length > 0) throw new ConfigError(file, problems);
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
    case "paas": {
      const { paas } = await import("./paas.ts");
      return paas(config);
    }
    case "fly": {
      const { fly } = await import("./fly.ts");
      return fly(config);
    }
    case "kubernetes": {
      const { kubernetes } = await import("./kubernetes.ts");
      return kubernetes(config);
    }
    default:
      return config satisfies never;
  }
}
