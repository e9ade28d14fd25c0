import {
  ArrowLeft,
  Globe,
  ListChecks,
  type LucideIcon,
  MonitorSmartphone,
  MousePointerClick,
  SquareCheck,
  TextCursorInput,
  TriangleAlert,
} from "lucide-react";
import type { Action, Severity } from "../../contract.ts";
import { severityLooks, worst } from "../parts/severity.ts";
import { between, clock } from "../parts/time.ts";
import type { Step } from "./progress.ts";
import classes from "./steps.module.css";

const actionIcons: Record<Action["kind"], LucideIcon> = {
  goto: Globe,
  click: MousePointerClick,
  fill: TextCursorInput,
  select: ListChecks,
  check: SquareCheck,
  back: ArrowLeft,
  resize: MonitorSmartphone,
};

interface StepItemProps {
  readonly step: Step;
  /** What happened to the session before this step, in words. */
  readonly before: string | undefined;
  /** Of the findings of this step. */
  readonly severities: readonly Severity[];
  readonly since: string;
  readonly current: boolean;
  readonly onSelect: () => void;
}

export function StepItem({ step, before, severities, since, current, onSelect }: StepItemProps) {
  const Icon = step.error === null ? actionIcons[step.action.kind] : TriangleAlert;
  return (
    <li>
      {before !== undefined && <p className={classes.attempt}>{before}</p>}
      <button
        type="button"
        className={classes.step}
        aria-current={current ? "step" : undefined}
        data-failed={step.error !== null}
        onClick={onSelect}
      >
        <span className={classes.stepIcon}>
          <Icon size={15} aria-label={step.error === null ? undefined : "Did not work:"} />
        </span>
        <span className={classes.stepText}>{step.description}</span>
        <span className={classes.stepSide}>
          <Found severities={severities} />
          <span className="tabular">{clock(between(since, step.at, 0))}</span>
        </span>
      </button>
    </li>
  );
}

function Found({ severities }: { readonly severities: readonly Severity[] }) {
  const severity = worst(severities);
  if (!severity) return null;
  const { icon: Icon } = severityLooks[severity];
  const words = `${severities.length} ${severities.length === 1 ? "finding" : "findings"}, at worst ${severity}`;
  return (
    <span className={classes.stepFound} data-tone={severity} title={words}>
      <Icon size={13} aria-label={words} />
      <span aria-hidden>{severities.length}</span>
    </span>
  );
}
