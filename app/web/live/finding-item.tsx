import { Anchor, Button } from "@mantine/core";
import { ChevronDown, CornerDownLeft } from "lucide-react";
import { SeverityBadge } from "../parts/severity-badge.tsx";
import { Evidence } from "./evidence.tsx";
import type { Sighting } from "./progress.ts";
import classes from "./finding.module.css";

interface FindingItemProps {
  readonly sighting: Sighting;
  /** Whether the step on show is the one that found it. */
  readonly current: boolean;
  readonly onShowStep: () => void;
}

export function FindingItem({ sighting: { finding, step }, current, onShowStep }: FindingItemProps) {
  return (
    <li className={classes.finding} data-current={current} data-tone={finding.severity}>
      <details>
        <summary>
          <span className={classes.title}>{finding.title}</span>
          <ChevronDown size={16} aria-hidden className={classes.chevron} />
          <span className={classes.labels}>
            <SeverityBadge severity={finding.severity} />
            <span>{finding.kind.replaceAll("-", " ")}</span>
            <span>step {step}</span>
          </span>
        </summary>
        <div className={classes.body}>
          <p>{finding.detail}</p>
          <Evidence finding={finding} />
          <div className={classes.links}>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<CornerDownLeft size={14} aria-hidden />}
              onClick={onShowStep}
            >
              Show step {step}
            </Button>
            {finding.evidence.help && (
              <Anchor href={finding.evidence.help} target="_blank" rel="noreferrer" size="sm">
                About this rule
              </Anchor>
            )}
          </div>
        </div>
      </details>
    </li>
  );
}
