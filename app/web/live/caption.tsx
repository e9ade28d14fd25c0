import { TriangleAlert } from "lucide-react";
import { Callout } from "../parts/callout.tsx";
import { between, clock, exact, span } from "../parts/time.ts";
import type { Step } from "./progress.ts";
import classes from "./caption.module.css";

interface CaptionProps {
  readonly step: Step;
  readonly since: string;
}

/** What was done in the step on show, why, and what became of it. */
export function Caption({ step, since }: CaptionProps) {
  return (
    <div className={classes.caption}>
      <p className={classes.action}>{step.description}</p>
      <p className={classes.reasoning}>{step.reasoning}</p>
      {step.error !== null && (
        <Callout icon={TriangleAlert} tone="serious" title="This did not work.">
          {step.error}
        </Callout>
      )}
      <p className={classes.facts}>
        <span>Step {step.step}</span>
        <time dateTime={step.at} title={exact(step.at)}>
          at {clock(between(since, step.at, 0))}
        </time>
        <span className="tabular">took {span(step.milliseconds)}</span>
        {step.title && <span>{step.title}</span>}
      </p>
    </div>
  );
}
