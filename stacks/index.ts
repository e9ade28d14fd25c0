import { RunError } from "@pulumi/pulumi/errors.js";
import { programConfig } from "../infra/config/program.ts";

/** The Pulumi program: makes what the stack's tier is made of, and returns the stack's outputs. */
export default async function program() {
  const config = programConfig();
  switch (config.tier) {
    case "vps": {
      const { vps } = await import("./vps.ts");
      return vps(config);
    }
    case "local":
    case "paas":
    case "fly":
    case "kubernetes":
      throw new RunError(`tier ${config.tier} is not built yet; the tier that is: vps`);
    default:
      return config satisfies never;
  }
}
