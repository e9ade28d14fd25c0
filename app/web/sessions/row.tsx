import { Monitor, Smartphone } from "lucide-react";
import { Link } from "wouter";
import type { Session } from "../../contract.ts";
import { SeverityCounts } from "../parts/severity-counts.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { isActive } from "../parts/status.ts";
import { ago, between, duration, exact } from "../parts/time.ts";
import { RowMenu } from "./row-menu.tsx";
import classes from "./sessions.module.css";

interface SessionRowProps {
  readonly session: Session;
  readonly now: number;
}

export function SessionRow({ session, now }: SessionRowProps) {
  const { persona } = session;
  const Device = persona.device === "phone" ? Smartphone : Monitor;
  return (
    <li className={classes.row}>
      <StatusBadge status={session.status} />
      <div className={classes.what}>
        <Link href={`/sessions/${session.id}`} className={classes.objective}>
          {session.objective}
        </Link>
        <p className={classes.where}>
          <span title={session.url}>{new URL(session.url).host}</span>
          <span>
            <Device size={14} aria-label={`on a ${persona.device}`} />
            {persona.name}
          </span>
        </p>
      </div>
      <div className={classes.found}>{findings(session)}</div>
      <p className={classes.when}>
        <span className="tabular">{progress(session, now)}</span>
        <time dateTime={session.createdAt} title={exact(session.createdAt)}>
          {ago(session.createdAt, now)}
        </time>
      </p>
      <RowMenu session={session} />
    </li>
  );
}

function findings(session: Session) {
  if (Object.values(session.findings).some((count) => count > 0)) {
    return <SeverityCounts findings={session.findings} />;
  }
  return isActive(session) ? null : <span className={classes.none}>No findings</span>;
}

function progress(session: Session, now: number): string {
  const { startedAt, endedAt, queuePosition, steps } = session;
  if (startedAt === null) return queuePosition ? `${queuePosition} ahead in the queue` : "Waiting";
  return `${steps} ${steps === 1 ? "step" : "steps"} · ${duration(between(startedAt, endedAt, now))}`;
}
