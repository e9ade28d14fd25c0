import type { Cost, CostLine } from "../cost/cost.ts";
import { kindOf, type Plan } from "../plan/plan.ts";
import { isRefused } from "../policy/check.ts";
import type { Violation } from "../policy/rule.ts";
import { block, code, count, folded, table } from "./markdown.ts";
import { changesOf, hasChanges, type PlanChanges, type ResourceChange } from "./plan-changes.ts";

/** What is known of a stack: its plan, or why there is none; neither where there is no such stack. */
export interface Found {
  readonly plan?: Plan;
  readonly reason?: string;
}

export interface Compared {
  readonly stack: string;
  readonly before: Found;
  readonly after: Found;
}

/**
 * What differs between plans, as Markdown in which everything from the plans is text.
 *
 * @returns also whether `pulumi up` would refuse a stack as it is after.
 */
export function reportOn(stacks: readonly Compared[]): { markdown: string; refused: boolean } {
  const reports = stacks.map(reportOf);
  const lines = [
    "### What the stacks make and cost",
    "",
    ...table(
      ["stack", "tier", "USD a month", "resources", "rules"],
      reports.map(({ row }) => row),
    ),
    ...reports.flatMap(({ details }) => details),
  ];
  return { markdown: `${lines.join("\n")}\n`, refused: reports.some(({ refused }) => refused) };
}

interface Report {
  readonly row: readonly string[];
  readonly details: readonly string[];
  readonly refused: boolean;
}

function reportOf({ stack, before, after }: Compared): Report {
  const plan = after.plan ?? before.plan;
  const row = [code(stack), plan ? code(plan.tier) : ""];
  if (after.reason !== undefined)
    return {
      row: [...row, "no plan", "", ""],
      details: ["", `There is no plan of ${code(stack)}:`, "", block(after.reason)],
      refused: true,
    };
  if (after.plan === undefined)
    return { row: [...row, "the stack's file is gone", "", ""], details: [], refused: false };
  const changes = changesOf(before.plan, after.plan);
  const { cost, violations, notes } = after.plan;
  const refused = violations.filter(isRefused);
  const details = [
    costLines(changes),
    resourceLines(changes.resources),
    violationLines(violations, changes),
    notes.length > 0 ? ["Before `pulumi up`:", "", ...notes.map((note) => `- ${code(note)}`)] : [],
  ].flatMap((lines) => (lines.length > 0 ? ["", ...lines] : []));
  const isShown = hasChanges(changes) || refused.length > 0;
  return {
    row: [...row, costOf(cost, before.plan?.cost), resourcesOf(changes, before), rulesOf(violations)],
    details: isShown ? ["", ...folded(code(stack), details)] : [],
    refused: refused.length > 0,
  };
}

function costOf(after: Cost, before: Cost | undefined): string {
  if (before === undefined) return `${total(after)} (new)`;
  const difference = after.usd - before.usd;
  if (Math.abs(difference) < 0.005) return total(after);
  return `${total(before)} → ${total(after)} (**${difference > 0 ? "+" : "−"}${Math.abs(difference).toFixed(2)}**)`;
}

const total = ({ usd, complete }: Cost): string => `${complete ? "" : "at least "}${usd.toFixed(2)}`;

function resourcesOf({ resources }: PlanChanges, before: Found): string {
  if (before.plan === undefined) return `all ${resources.length} new`;
  const kinds = ["new", "changed", "gone"] as const;
  const counted = kinds
    .map((kind) => [resources.filter(({ what }) => what === kind).length, kind] as const)
    .filter(([number]) => number > 0);
  return counted.length === 0 ? "as before" : counted.map(([number, kind]) => `${number} ${kind}`).join(", ");
}

function rulesOf(violations: readonly Violation[]): string {
  const refused = violations.filter(isRefused).length;
  const waived = violations.filter((each) => each.waived !== undefined).length;
  const warnings = violations.length - refused - waived;
  const counted = [
    ...(refused > 0 ? [`**${count(refused, "error")}**`] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ];
  return counted.join(", ") || "all kept";
}

const amount = ({ usd }: CostLine): string =>
  usd === undefined ? "unknown" : usd === 0 ? "free" : usd.toFixed(2);

function costLines({ cost }: PlanChanges): string[] {
  const rows = cost.map(({ before, after }) => [
    code((after ?? before)?.name ?? ""),
    ...[before, after].map((line) => (line === undefined ? "" : `${code(line.item)} ${amount(line)}`)),
  ]);
  return rows.length === 0 ? [] : table(["USD a month", "before", "after"], rows);
}

function resourceLines(resources: readonly ResourceChange[]): string[] {
  const rows = resources.map(({ resource, what, inputs }) => [
    what,
    code(kindOf(resource.type)),
    code(resource.name),
    inputs
      .map(({ name, before, after }) => [code(name), ...[before, after].map(said)])
      .map(([name, before, after]) => `${name}: ${before} → ${after}`)
      .join("<br>"),
  ]);
  return rows.length === 0 ? [] : table(["resource", "kind", "name", "settings"], rows);
}

const said = (value: string | undefined): string => (value === undefined ? "nothing" : code(value));

function violationLines(violations: readonly Violation[], { broken, mended }: PlanChanges): string[] {
  const rows = [
    ...violations.map((each) => violationRow(each, broken.includes(each) ? "new" : "")),
    ...mended.map((each) => violationRow(each, "not any more")),
  ];
  return rows.length === 0 ? [] : table(["", "severity", "rule", "resource", "what is wrong"], rows);
}

const violationRow = ({ rule, severity, resource, message, waived }: Violation, since: string): string[] => [
  since,
  waived === undefined ? severity : `waived: ${code(waived)}`,
  code(rule),
  code(resource),
  code(message),
];
