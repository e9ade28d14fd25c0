import { ActionIcon } from "@mantine/core";
import { ChevronLeft, ChevronRight, Radio } from "lucide-react";
import { worst } from "../parts/severity.ts";
import type { Sighting, Step } from "./progress.ts";
import type { Selection } from "./use-selection.ts";
import classes from "./scrubber.module.css";

interface ScrubberProps {
  readonly steps: readonly Step[];
  readonly sightings: readonly Sighting[];
  readonly selection: Selection;
  readonly active: boolean;
}

/** Walks through the steps like through a recording, with a mark where something was found. */
export function Scrubber({ steps, sightings, selection, active }: ScrubberProps) {
  if (steps.length === 0) return null;
  const { index, step, select, following, follow } = selection;
  const last = steps.length - 1;
  return (
    <div className={classes.scrubber}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Previous step"
        disabled={index === 0}
        onClick={() => select(index - 1)}
      >
        <ChevronLeft size={18} aria-hidden />
      </ActionIcon>
      <div className={classes.track}>
        <div className={classes.marks} aria-hidden>
          {steps.map((each, position) => (
            <i
              key={each.seq}
              data-passed={position <= index}
              data-tone={worst(
                sightings.flatMap((one) => (one.step === each.step ? [one.finding.severity] : [])),
              )}
            />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={last}
          value={index}
          aria-label="Step"
          aria-valuetext={step && `Step ${step.step}: ${step.description}`}
          onChange={({ currentTarget }) => select(currentTarget.valueAsNumber)}
        />
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Next step"
        disabled={index === last}
        onClick={() => select(index + 1)}
      >
        <ChevronRight size={18} aria-hidden />
      </ActionIcon>
      <span className={classes.position}>
        {index + 1} / {steps.length}
      </span>
      {active && (
        <button type="button" className={classes.live} aria-pressed={following} onClick={follow}>
          <Radio size={14} aria-hidden />
          Live
        </button>
      )}
    </div>
  );
}
