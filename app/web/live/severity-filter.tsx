import type { Severity } from "../../contract.ts";
import { severitiesWorstFirst, severityLooks } from "../parts/severity.ts";
import type { Sighting } from "./progress.ts";
import classes from "./finding.module.css";

interface SeverityFilterProps {
  readonly sightings: readonly Sighting[];
  readonly only: Severity | null;
  readonly onChange: (only: Severity | null) => void;
}

export function SeverityFilter({ sightings, only, onChange }: SeverityFilterProps) {
  const counts = severitiesWorstFirst
    .map((severity) => ({
      severity,
      count: sightings.filter(({ finding }) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0);
  return (
    <fieldset className={classes.filter} aria-label="Filter by severity">
      {counts.map(({ severity, count }) => {
        const { label, icon: Icon } = severityLooks[severity];
        return (
          <button
            key={severity}
            type="button"
            data-tone={severity}
            aria-pressed={severity === only}
            onClick={() => onChange(severity === only ? null : severity)}
          >
            <Icon size={13} aria-hidden />
            {label} <span className="tabular">{count}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
