import { SegmentedControl, VisuallyHidden } from "@mantine/core";
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import type { Session } from "../../contract.ts";
import { useRefreshSessions } from "../api/queries.ts";
import { Callout } from "../parts/callout.tsx";
import { isActive } from "../parts/status.ts";
import { Caption } from "./caption.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import { BrowserFrame } from "./frame.tsx";
import { SessionHead } from "./head.tsx";
import { Scrubber } from "./scrubber.tsx";
import { StepsPanel } from "./steps-panel.tsx";
import { useSelection } from "./use-selection.ts";
import { useSessionEvents } from "./use-session-events.ts";
import { Verdict } from "./verdict.tsx";
import classes from "./live.module.css";

interface LiveViewProps {
  readonly session: Session;
  readonly unreachable: boolean;
}

export function LiveView({ session, unreachable }: LiveViewProps) {
  const { progress, connection } = useSessionEvents(session.id);
  const selection = useSelection(progress.steps);
  const [panel, setPanel] = useState("steps");
  const refresh = useRefreshSessions();
  const { ending, steps, continued, sightings, startedAt } = progress;
  useEffect(() => {
    if (ending) void refresh();
  }, [ending, refresh]);

  const status = ending?.status ?? session.status;
  const active = isActive({ status });
  const lost = unreachable || (connection === "lost" && !ending);
  const since = startedAt ?? session.startedAt ?? session.createdAt;
  return (
    <div className={classes.page}>
      <SessionHead session={{ ...session, status }} attempt={progress.attempt} />
      {lost && (
        <Callout icon={WifiOff} tone="serious" title="Connection lost." role="alert">
          Reconnecting. The session goes on; what you missed will appear here.
        </Callout>
      )}
      {!active && <Verdict status={status} reason={ending?.reason ?? session.reason} />}
      <VisuallyHidden component="output">
        {ending && `The session has ended: ${ending.status}. ${sightings.length} findings.`}
      </VisuallyHidden>
      <SegmentedControl
        className={classes.switch}
        aria-label="Show"
        withItemsBorders={false}
        fullWidth
        value={panel}
        onChange={setPanel}
        data={[
          { value: "steps", label: `Steps ${steps.length}` },
          { value: "findings", label: `Findings ${sightings.length}` },
        ]}
      />
      <div className={classes.columns} data-panel={panel}>
        <StepsPanel
          steps={steps}
          continued={continued}
          sightings={sightings}
          selection={selection}
          since={since}
          active={active}
        />
        <section className={classes.stage} aria-label="Browser">
          <BrowserFrame session={session} step={selection.step} status={status} lost={lost} />
          <Scrubber steps={steps} sightings={sightings} selection={selection} active={active} />
          {selection.step && <Caption step={selection.step} since={since} />}
        </section>
        <FindingsPanel sightings={sightings} selection={selection} active={active} />
      </div>
    </div>
  );
}
