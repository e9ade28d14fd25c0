import { Title } from "@mantine/core";
import { useState } from "react";
import type { Severity } from "../../contract.ts";
import { severitiesWorstFirst } from "../parts/severity.ts";
import { FindingItem } from "./finding-item.tsx";
import type { Sighting } from "./progress.ts";
import { SeverityFilter } from "./severity-filter.tsx";
import type { Selection } from "./use-selection.ts";
import classes from "./live.module.css";

interface FindingsPanelProps {
  readonly sightings: readonly Sighting[];
  readonly selection: Selection;
  readonly active: boolean;
}

export function FindingsPanel({ sightings, selection, active }: FindingsPanelProps) {
  const [only, setOnly] = useState<Severity | null>(null);
  const shown = severitiesWorstFirst
    .filter((severity) => only === null || severity === only)
    .flatMap((severity) => sightings.filter(({ finding }) => finding.severity === severity));
  return (
    <section className={classes.panel} data-name="findings" aria-labelledby="findings-title">
      <div className={classes.panelHead}>
        <Title order={2} size="h5" id="findings-title">
          Findings
        </Title>
        <span className={classes.count}>{sightings.length}</span>
      </div>
      {sightings.length > 0 && <SeverityFilter sightings={sightings} only={only} onChange={setOnly} />}
      <ul className={classes.scroll}>
        {shown.map((sighting) => (
          <FindingItem
            key={sighting.seq}
            sighting={sighting}
            current={sighting.step === selection.step?.step}
            onShowStep={() => selection.selectStep(sighting.step)}
          />
        ))}
        {sightings.length === 0 && (
          <li className={classes.nothing}>{active ? "Nothing found so far." : "Nothing was found."}</li>
        )}
      </ul>
    </section>
  );
}
