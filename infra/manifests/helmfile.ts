import type { RecordedResource, Value } from "../plan/record.ts";
import { at } from "../policy/values.ts";

/**
 * What helmfile.yaml says of charts (https://helmfile.readthedocs.io/en/latest/#configuration, read 2026-11-27). It installs
 * them at once but for those that `needs` others.
 *
 * @param resources all of the stack's: by way of others, too, a chart depends on another.
 */
export function helmfileOf(
  charts: readonly RecordedResource[],
  resources: readonly RecordedResource[],
): Value {
  const byKey = new Map(resources.map((resource) => [resource.key, resource]));
  /** The charts nearest before it. */
  const needs = ({ dependsOn }: RecordedResource): RecordedResource[] =>
    dependsOn
      .flatMap((key) => byKey.get(key) ?? [])
      .flatMap((before) => (charts.includes(before) ? [before] : needs(before)));
  return {
    repositories: charts.map(({ inputs }) => ({
      name: inputs["chart"] ?? "",
      url: at(inputs, "repositoryOpts", "repo") ?? "",
    })),
    releases: charts.map((chart) => ({
      name: nameOf(chart),
      namespace: namespaceOf(chart),
      chart: `${String(chart.inputs["chart"])}/${String(chart.inputs["chart"])}`,
      version: chart.inputs["version"] ?? "",
      atomic: chart.inputs["atomic"] ?? false,
      // Helm's own default, in seconds.
      timeout: chart.inputs["timeout"] ?? 300,
      needs: [...new Set(needs(chart).map((each) => `${String(namespaceOf(each))}/${String(nameOf(each))}`))],
      values: [chart.inputs["values"] ?? {}],
    })),
  };
}

const nameOf = ({ name, inputs }: RecordedResource): Value => inputs["name"] ?? name;
const namespaceOf = ({ inputs }: RecordedResource): Value => inputs["namespace"] ?? "default";
