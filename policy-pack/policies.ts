import type { ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Config } from "../infra/config/schema.ts";
import type { RecordedResource } from "../infra/plan/record.ts";
import { ruleIds, type RuleId } from "../infra/policy/ids.ts";
import { circumstancesOf } from "../infra/policy/rule.ts";
import { rules } from "../infra/policy/rules.ts";
import { inputsOf, recorded } from "./resource.ts";

type Policy = ResourceValidationPolicy | StackValidationPolicy;

/** Every rule, as strict as the stack's file has it: an error is mandatory, a warning or what is waived is advisory. */
export function policiesFor(config: Config): Policy[] {
  const inputs = new Map<string, RecordedResource["inputs"]>();
  // Only what is to be remedied is given with its secrets marked. Whoever turns this off turns off what needs them.
  const collector: ResourceValidationPolicy = {
    name: "marked-inputs",
    description: "Keeps the inputs of all resources for the rules that compare them, and changes nothing.",
    enforcementLevel: "remediate",
    remediateResource: ({ urn, props }) => void inputs.set(urn, inputsOf(props)),
  };
  return [collector, ...ruleIds.map((id) => policyOf(id, config, inputs))];
}

function policyOf(
  id: RuleId,
  config: Config,
  inputs: ReadonlyMap<string, RecordedResource["inputs"]>,
): Policy {
  const { says, severity, across = false, check } = rules[id];
  const waived = config.waive.find(({ rule }) => rule === id)?.reason;
  const judge = (resources: RecordedResource[], report: ReportViolation): void => {
    for (const { resource, message } of check({ resources, outputs: {} }, circumstancesOf(config)))
      report(waived === undefined ? message : `${message} (waived: ${waived})`, resource.key);
  };
  const about = {
    name: id,
    description: says,
    enforcementLevel: severity === "error" && waived === undefined ? "mandatory" : "advisory",
  } as const;
  if (!across)
    return {
      ...about,
      validateResource: (args, report) => judge([recorded(args, inputsOf(args.props))], report),
    };
  return {
    ...about,
    validateStack({ resources }, report) {
      if (inputs.size === 0) throw new Error("marked-inputs is turned off; leave it at remediate");
      // A resource that this run leaves out is judged in the run that makes or changes it.
      const known = resources.flatMap((resource) => {
        const its = inputs.get(resource.urn);
        return its === undefined ? [] : [recorded(resource, its)];
      });
      judge(known, report);
    },
  };
}
