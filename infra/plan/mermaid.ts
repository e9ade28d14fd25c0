import { flowsOf, kindOf, type Plan } from "./plan.ts";

/** The plan as a Mermaid flowchart: components as boxes, data flow as arrows. Renders in a README as it is. */
export function toMermaid({ resources, cost }: Plan): string {
  const ids = new Map(resources.map(({ key }, index) => [key, `r${index}`]));
  const box = (parent: string | undefined, indent: string): string[] =>
    resources
      .filter((resource) => resource.parent === parent)
      .flatMap(({ key, name, type, protect }) => {
        const node = `${indent}${ids.get(key)}["${quoted(name)}<br/>${quoted(kindOf(type))}"]`;
        const inside = box(key, `${indent}  `);
        if (inside.length === 0) return [protect ? `${node}:::protected` : node];
        return [`${indent}subgraph ${ids.get(key)}["${quoted(name)}"]`, ...inside, `${indent}end`];
      });
  const arrows = flowsOf(resources).flatMap(({ from, to }) =>
    [...new Set(to.map(({ resource }) => ids.get(resource.key)))].map(
      (id) => `  ${ids.get(from.key)} --> ${id}`,
    ),
  );
  return [
    `%% ${cost.complete ? "" : "at least "}${cost.usd.toFixed(2)} USD a month`,
    "flowchart LR",
    ...box(undefined, "  "),
    ...arrows,
    "  classDef protected stroke-width:3px",
    "",
  ].join("\n");
}

const quoted = (text: string): string => text.replaceAll('"', "#quot;");
