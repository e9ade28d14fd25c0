import { Anchor, Title } from "@mantine/core";
import { ChevronLeft, ExternalLink, Monitor, Smartphone, Timer } from "lucide-react";
import { Link } from "wouter";
import type { Session } from "../../contract.ts";
import { StatusBadge } from "../parts/status-badge.tsx";
import { isActive } from "../parts/status.ts";
import { between, clock, exact } from "../parts/time.ts";
import { useNow } from "../parts/use-now.ts";
import { Actions } from "./actions.tsx";
import classes from "./head.module.css";

interface SessionHeadProps {
  readonly session: Session;
  readonly attempt: number;
}

export function SessionHead({ session, attempt }: SessionHeadProps) {
  const { persona, url, startedAt, endedAt, createdAt } = session;
  const active = isActive(session);
  const now = useNow(active ? 1_000 : null);
  const Device = persona.device === "phone" ? Smartphone : Monitor;
  return (
    <div className={classes.head}>
      <Anchor component={Link} href="/" className={classes.back} aria-label="Sessions" title="Sessions">
        <ChevronLeft size={20} aria-hidden />
      </Anchor>
      <div className={classes.headText}>
        <Title order={1} className={classes.objective} title={session.objective}>
          {session.objective}
        </Title>
        <div className={classes.meta}>
          <StatusBadge status={session.status} />
          {startedAt && (
            <span className="tabular" title={`Started ${exact(startedAt)}`}>
              <Timer size={14} aria-label="Time" />
              {clock(between(startedAt, active ? null : (endedAt ?? createdAt), now))}
            </span>
          )}
          <Anchor href={url} target="_blank" rel="noreferrer" inherit className={classes.site} title={url}>
            {new URL(url).host}
            <ExternalLink size={13} aria-label="(opens in a new tab)" />
          </Anchor>
          <span title={persona.description}>
            <Device size={14} aria-label={`on a ${persona.device}`} />
            {persona.name}
          </span>
          {attempt > 1 && (
            <span title="The attempt before failed; this one started anew in a new browser">
              Attempt {attempt}
            </span>
          )}
        </div>
      </div>
      <Actions session={session} />
    </div>
  );
}
