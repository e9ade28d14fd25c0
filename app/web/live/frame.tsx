import { Lock, LockOpen, Maximize2 } from "lucide-react";
import { useState } from "react";
import type { Session, SessionStatus } from "../../contract.ts";
import type { Step } from "./progress.ts";
import classes from "./frame.module.css";

interface BrowserFrameProps {
  readonly session: Session;
  /** `undefined` before the first. */
  readonly step: Step | undefined;
  readonly status: SessionStatus;
  readonly lost: boolean;
}

/** The page as the persona saw it, in something that looks like the browser it was in. */
export function BrowserFrame({ session, step, status, lost }: BrowserFrameProps) {
  const url = step?.url ?? session.url;
  const picture = step?.screenshot ? `/api/sessions/${session.id}/screenshots/${step.step}` : undefined;
  const Padlock = url.startsWith("https:") ? Lock : LockOpen;
  return (
    <div className={classes.frame}>
      <div className={classes.bar}>
        <span className={classes.dots} aria-hidden>
          <i />
          <i />
          <i />
        </span>
        <span className={classes.address} title={url}>
          <Padlock size={13} aria-hidden />
          <span>{url}</span>
        </span>
        {picture && (
          <a
            className={classes.full}
            href={picture}
            target="_blank"
            rel="noreferrer"
            aria-label="Open the picture in a new tab"
            title="Open the picture in a new tab"
          >
            <Maximize2 size={15} aria-hidden />
          </a>
        )}
      </div>
      <div className={classes.loading} data-on={status === "running"} />
      <div className={classes.picture}>
        {picture && step ? (
          // A picture that failed while the connection was lost gets another try.
          <Picture key={`lost ${lost}`} src={picture} step={step} />
        ) : (
          <p>{step ? "No picture could be taken of this step." : waiting(session, status)}</p>
        )}
      </div>
    </div>
  );
}

function Picture({ src, step }: { readonly src: string; readonly step: Step }) {
  const [broken, setBroken] = useState<string>();
  if (broken === src) return <p>The picture of this step could not be loaded.</p>;
  // One element for all steps: the picture before stays until the next is there.
  return (
    <img src={src} alt={`Step ${step.step}: ${step.title || step.url}`} onError={() => setBroken(src)} />
  );
}

function waiting({ queuePosition }: Session, status: SessionStatus): string {
  if (status === "running") return "The browser is starting.";
  if (status !== "queued") return "There is no picture of this session.";
  if (!queuePosition) return "Waiting for a free browser.";
  return `Waiting for a free browser; ${queuePosition} ${queuePosition === 1 ? "session is" : "sessions are"} ahead.`;
}
