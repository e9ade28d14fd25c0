import { VisuallyHidden } from "@mantine/core";
import type { Session } from "../../contract.ts";
import { severitiesWorstFirst, severityLooks } from "./severity.ts";
import classes from "./parts.module.css";

/** How many findings of each severity, worst first; nothing for a severity that was not found. */
export function SeverityCounts({ findings }: Pick<Session, "findings">) {
  const found = severitiesWorstFirst.filter((severity) => findings[severity] > 0);
  return (
    <ul className={classes.counts} aria-label="Findings by severity">
      {found.map((severity) => {
        const { label, icon: Icon } = severityLooks[severity];
        return (
          <li key={severity} className={classes.badge} data-tone={severity} title={label}>
            <Icon size={14} aria-hidden />
            <span className="tabular">{findings[severity]}</span>
            <VisuallyHidden> {label.toLowerCase()}</VisuallyHidden>
          </li>
        );
      })}
    </ul>
  );
}
