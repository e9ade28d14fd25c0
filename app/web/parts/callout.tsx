import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./parts.module.css";

interface CalloutProps {
  readonly icon: LucideIcon;
  /** Names a colour of theme.ts. */
  readonly tone: string;
  readonly title: string;
  /** `alert` where it comes up by itself and has to be heard. */
  readonly role?: "alert";
  readonly children?: ReactNode;
}

/** One coloured line that something is said in: a verdict, a problem. */
export function Callout({ icon: Icon, tone, title, children, ...role }: CalloutProps) {
  return (
    <div className={classes.callout} data-tone={tone} {...role}>
      <Icon size={20} aria-hidden />
      <p>
        <strong>{title}</strong> {children}
      </p>
    </div>
  );
}
