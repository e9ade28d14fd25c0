import type { SessionStatus } from "../../contract.ts";
import { statusLooks } from "./status.ts";
import classes from "./parts.module.css";

export function StatusBadge({ status }: { readonly status: SessionStatus }) {
  const { label, icon: Icon, tone } = statusLooks[status];
  return (
    <span className={classes.badge} data-tone={tone}>
      <Icon size={14} aria-hidden className={status === "running" ? classes.turning : undefined} />
      {label}
    </span>
  );
}
