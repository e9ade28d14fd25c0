import type { SessionStatus } from "../../contract.ts";
import { Callout } from "../parts/callout.tsx";
import { statusLooks } from "../parts/status.ts";

interface VerdictProps {
  readonly status: SessionStatus;
  readonly reason: string | null;
}

/** How the session ended, and why. */
export function Verdict({ status, reason }: VerdictProps) {
  const { icon, label, tone } = statusLooks[status];
  return (
    <Callout icon={icon} tone={tone} title={label}>
      {reason}
    </Callout>
  );
}
