import type { Colors } from "picocolors/types.js";
import type { Cost, CostLine } from "../cost/cost.ts";
import type { Violation } from "../policy/rule.ts";
import { flowsOf, kindOf, labeller, type Plan } from "./plan.ts";
import { Secret, Unknown, type Value } from "./record.ts";
import { said } from "./regions.ts";

/** The plan for people. */
export function toText(plan: Plan, colors: Colors): string {
  const about = [`tier ${plan.tier}`, `${plan.resources.length} resources`, `${total(plan.cost)} a month`];
  const sections: [string, string[]][] = [
    ["Resources", tree(plan, colors)],
    ["Data flow: whose output is whose input", flows(plan, colors)],
    ["Regions: where each city is, or the nearest place to it", places(plan, colors)],
    ["Monthly cost in USD", costs(plan.cost, colors)],
    ["Later: what a change of its settings does", effects(plan, colors)],
    ["Outputs", outputs(plan, colors)],
    ["Rules that are broken: docs/policy.md", plan.violations.map((each) => violation(each, colors))],
    ["Before pulumi up", plan.notes.map((note) => colors.yellow(note))],
  ];
  const blocks = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [colors.bold(title), ...lines.map((line) => `  ${line}`.trimEnd())].join("\n"));
  const heading = `${colors.bold(`${plan.project} ${plan.stack}`)}: ${about.join(", ")}`;
  return `${[heading, ...blocks].join("\n\n")}\n`;
}

function tree({ resources }: Plan, colors: Colors): string[] {
  const below = (parent: string | undefined, indent: string): string[] => {
    const children = resources.filter((resource) => resource.parent === parent);
    return children.flatMap((child, index) => {
      const last = index === children.length - 1;
      const marks = [child.protect && "protected", child.retainOnDelete && "kept by destroy"].filter(Boolean);
      const name = child.custom ? child.name : colors.bold(child.name);
      const line = `${name}  ${colors.dim(kindOf(child.type))}`;
      return [
        colors.dim(indent + (last ? "└─ " : "├─ ")) +
          (marks.length > 0 ? `${line}  ${colors.green(`[${marks.join(", ")}]`)}` : line),
        ...below(child.key, `${indent}${last ? "   " : "│  "}`),
      ];
    });
  };
  return below(undefined, "");
}

function flows({ resources }: Plan, colors: Colors): string[] {
  const label = labeller(resources);
  return table(
    flowsOf(resources).map(({ from, to }) => [
      label(from),
      colors.dim("->"),
      to.map(({ resource, input }) => `${label(resource)}${colors.dim(`.${input}`)}`).join(", "),
    ]),
  );
}

const places = ({ regions = [] }: Plan, colors: Colors): string[] =>
  table(
    regions.map((place) => [
      place.city ?? "elsewhere",
      colors.dim("->"),
      place.region,
      colors.dim(`(${said(place)})`),
    ]),
  );

function costs(cost: Cost, colors: Colors): string[] {
  if (cost.lines.length === 0) return ["nothing that a cloud bills"];
  return table(
    [
      ...cost.lines.map((line) => [line.name, itemOf(line), amount(line), colors.dim(origin(line))]),
      [colors.bold("total"), "", colors.bold(total(cost)), colors.dim(caveat(cost))],
    ],
    2,
  );
}

const effects = (plan: Plan, colors: Colors): string[] =>
  table(plan.effects.map(({ resource, says }) => [resource, colors.yellow(says)]));

const itemOf = ({ item, assuming }: CostLine): string =>
  assuming === undefined ? item : `${item}, assuming ${assuming}`;

const amount = ({ usd }: CostLine): string =>
  usd === undefined ? "unknown" : usd === 0 ? "free" : usd.toFixed(2);

function origin({ price }: CostLine): string {
  if (!price) return "";
  const { usd, unit, source, date, confirmed, before } = price;
  const rate = unit ? `${usd.toFixed(usd < 0.1 ? 3 : 2)} per ${unit}; ` : "";
  const moved = before ? `; before: ${before.usd.toFixed(2)}, ${before.source}, ${before.date}` : "";
  return `${rate}${confirmed ? "" : "unconfirmed: "}${source}, ${date}${moved}`;
}

function caveat({ confirmed, lines }: Cost): string {
  const use = lines.some(({ assuming }) => assuming !== undefined) ? ", usage as assumed" : " and usage";
  return `list prices${confirmed ? "" : ", some of them unconfirmed"}; without tax${use}`;
}

const total = ({ usd, complete }: Cost): string => `${complete ? "" : "at least "}${usd.toFixed(2)} USD`;

const outputs = (plan: Plan, colors: Colors): string[] =>
  table(Object.entries(plan.outputs).map(([name, value]) => [name, shown(value, colors)]));

function violation({ rule, severity, resource, message, waived }: Violation, colors: Colors): string {
  const text = `${rule}: ${resource} ${message}`;
  if (waived !== undefined) return `${colors.green("waived")}   ${text} (waived: ${waived})`;
  return severity === "error" ? `${colors.red("error")}    ${text}` : `${colors.yellow("warning")}  ${text}`;
}

function shown(value: Value, colors: Colors): string {
  if (value === "") return colors.dim("(not set)");
  if (value instanceof Secret || value instanceof Unknown) return colors.dim(String(value));
  return typeof value === "string" ? value : JSON.stringify(value);
}

// eslint-disable-next-line no-control-regex -- colours take no room
const width = (cell: string): number => cell.replaceAll(/\u001B\[\d+m/g, "").length;

/** Aligns columns to the left, or one of them, of numbers, to the right. */
function table(rows: readonly (readonly string[])[], numbers?: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const room = " ".repeat((widths[column] ?? 0) - width(cell));
        return column === numbers ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd(),
  );
}
