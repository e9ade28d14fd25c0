import type { Finding } from "../../contract.ts";
import { span } from "../parts/time.ts";
import classes from "./finding.module.css";

/** What shows the problem, as names and values; what a finding does not have is left out. */
export function Evidence({ finding: { url, evidence } }: { readonly finding: Finding }) {
  const { selector, html, message, target, status, milliseconds } = evidence;
  const rows = {
    Page: url,
    Element: selector,
    HTML: html,
    Message: message,
    Address: target,
    Status: status?.toString(),
    Took: milliseconds === undefined ? undefined : span(milliseconds),
  };
  return (
    <dl className={classes.evidence}>
      {Object.entries(rows).map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}
