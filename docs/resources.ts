/** What docs/resources.md says: the resources of our own provider, from their schema. */
import type { packageSchema } from "../components/provider/vendor/schema.ts";

type Schema = ReturnType<typeof packageSchema>;
type Resource = Schema["resources"][string];
type Property = Resource["properties"][string];

const head = `# Resources of our own provider

The plugin \`testfarm\` (components/provider/) makes what vendors offer that have no Pulumi package of their own. Its schema is
\`components/provider/schema.json\`; \`pulumi import <type> <name> <id>\` takes over what is there. Both pages are made from the
code: \`npx vitest run test/components/provider/vendors/schema.test.ts --update\`.

Inputs in **bold** have to be given. *secret*: never in clear, neither in the state nor in a message.
`;

export const resourceReference = ({ resources }: Schema): string =>
  [head, ...Object.entries(resources).map(([token, resource]) => section(token, resource))].join("\n");

function section(
  token: string,
  { description, inputProperties, requiredInputs, properties }: Resource,
): string {
  const outputs = Object.entries(properties).filter(([name]) => inputProperties[name] === undefined);
  return [
    `## \`${token}\``,
    "",
    description,
    "",
    "| input | type | |",
    "| --- | --- | --- |",
    ...Object.entries(inputProperties).map(([name, property]) =>
      row(requiredInputs.includes(name) ? `**${name}**` : name, property),
    ),
    ...(outputs.length === 0 ? [] : ["", "| output | type | |", "| --- | --- | --- |"]),
    ...outputs.map(([name, property]) => row(name, property)),
    "",
  ].join("\n");
}

function row(name: string, property: Property): string {
  const text = (property.description ?? "").replaceAll("|", "\\|").replaceAll("<", "&lt;");
  return `| ${name} | ${typeName(property)} | ${text}${property.secret ? " *secret*" : ""} |`;
}

function typeName({ type, items, additionalProperties }: Property): string {
  if (items) return `list of ${typeName(items)}`;
  return additionalProperties ? `map of ${typeName(additionalProperties)}` : type;
}
