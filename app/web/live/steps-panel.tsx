import { Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Continued, Sighting, Step } from "./progress.ts";
import { StepItem } from "./step-item.tsx";
import type { Selection } from "./use-selection.ts";
import classes from "./live.module.css";

interface StepsPanelProps {
  readonly steps: readonly Step[];
  readonly continued: readonly Continued[];
  readonly sightings: readonly Sighting[];
  readonly selection: Selection;
  /** When the session started; the steps' times count from it. */
  readonly since: string;
  readonly active: boolean;
}

export function StepsPanel({ steps, continued, sightings, selection, since, active }: StepsPanelProps) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const item = list.current?.children[selection.index];
    // Only the list scrolls, never the page: on a phone the picture above has to stay where it is.
    if (item instanceof HTMLElement) list.current?.scrollTo({ top: item.offsetTop - 96, behavior: "smooth" });
  }, [selection.index]);
  return (
    <section className={classes.panel} data-name="steps" aria-labelledby="steps-title">
      <div className={classes.panelHead}>
        <Title order={2} size="h5" id="steps-title">
          Steps
        </Title>
        <span className={classes.count}>{steps.length}</span>
      </div>
      <ol className={classes.scroll} ref={list}>
        {steps.map((step, index) => (
          <StepItem
            key={step.seq}
            step={step}
            before={whatHappened(steps[index - 1], step, continued)}
            severities={sightings.flatMap((each) => (each.step === step.step ? [each.finding.severity] : []))}
            since={since}
            current={index === selection.index}
            onSelect={() => selection.select(index)}
          />
        ))}
        {steps.length === 0 && (
          <li className={classes.nothing}>
            {active ? "The first step will appear here." : "It took no step."}
          </li>
        )}
      </ol>
    </section>
  );
}

/** What happened to the session between two steps, in words; `undefined` when it just went on. */
function whatHappened(
  last: Step | undefined,
  next: Step,
  continued: readonly Continued[],
): string | undefined {
  if (last && last.attempt !== next.attempt) return `Attempt ${next.attempt}, in a new browser`;
  const since = last?.seq ?? 0;
  const moves = continued.filter(({ seq }) => seq > since && seq < next.seq);
  if (moves.length === 0) return undefined;
  const lost = moves.some((each) => each.lost) ? " after the one before was lost" : "";
  return `Continued on another worker${lost}, in a new browser`;
}
