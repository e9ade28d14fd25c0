import { Ban, CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import type { Session, SessionStatus } from "../../contract.ts";

interface StatusLook {
  readonly label: string;
  readonly icon: LucideIcon;
  /** Names a colour of theme.ts: `--passed`, and `--passed-soft` under it. */
  readonly tone: "idle" | "running" | "passed" | "critical";
}

export const statusLooks: Record<SessionStatus, StatusLook> = {
  queued: { label: "Queued", icon: CircleDashed, tone: "idle" },
  running: { label: "Running", icon: LoaderCircle, tone: "running" },
  passed: { label: "Passed", icon: CircleCheck, tone: "passed" },
  failed: { label: "Failed", icon: CircleX, tone: "critical" },
  cancelled: { label: "Cancelled", icon: Ban, tone: "idle" },
};

export const isActive = ({ status }: Pick<Session, "status">): boolean =>
  status === "queued" || status === "running";
