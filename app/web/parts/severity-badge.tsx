import type { Severity } from "../../contract.ts";
import { severityLooks } from "./severity.ts";
import classes from "./parts.module.css";

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  const { label, icon: Icon } = severityLooks[severity];
  return (
    <span className={classes.badge} data-tone={severity}>
      <Icon size={14} aria-hidden />
      {label}
    </span>
  );
}
