import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Title } from "@mantine/core";
import classes from "./layout.module.css";

interface NoticeProps {
  readonly icon: LucideIcon;
  /** Names a colour of theme.ts. */
  readonly tone?: string;
  readonly title: string;
  /** 1 where the notice is the whole page. */
  readonly order?: 1 | 2;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

/** Says what there is instead of content: nothing yet, not found, out of reach. */
export function Notice({ icon: Icon, tone = "passed", title, order = 2, children, actions }: NoticeProps) {
  return (
    <div className={classes.notice}>
      <span className={classes.noticeIcon} data-tone={tone}>
        <Icon size={26} aria-hidden />
      </span>
      <Title order={order} size="h3">
        {title}
      </Title>
      <p>{children}</p>
      {actions && <div className={classes.noticeActions}>{actions}</div>}
    </div>
  );
}
