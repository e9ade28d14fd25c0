import { CircleAlert, Info, type LucideIcon, OctagonAlert, TriangleAlert } from "lucide-react";
import type { Severity } from "../../contract.ts";

interface SeverityLook {
  readonly label: string;
  readonly icon: LucideIcon;
}

/** Worst first, the order in which people read them. */
export const severityLooks: Record<Severity, SeverityLook> = {
  critical: { label: "Critical", icon: OctagonAlert },
  serious: { label: "Serious", icon: TriangleAlert },
  moderate: { label: "Moderate", icon: CircleAlert },
  minor: { label: "Minor", icon: Info },
};

export const severitiesWorstFirst = Object.keys(severityLooks) as readonly Severity[];

/** Of several severities the worst, `undefined` of none. */
export function worst(severities: readonly Severity[]): Severity | undefined {
  return severitiesWorstFirst.find((each) => severities.includes(each));
}
