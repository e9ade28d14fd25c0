import { Button, SegmentedControl, Skeleton, Title, VisuallyHidden } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Filter, Sprout } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Session } from "../../contract.ts";
import { useSessions } from "../api/queries.ts";
import { Notice } from "../layout/notice.tsx";
import { Unreachable } from "../layout/unreachable.tsx";
import { isActive } from "../parts/status.ts";
import { useNow } from "../parts/use-now.ts";
import { SessionRow } from "./row.tsx";
import classes from "./sessions.module.css";

const filters = {
  all: { label: "All", shows: () => true },
  active: { label: "Active", shows: isActive },
  passed: { label: "Passed", shows: ({ status }) => status === "passed" },
  failed: { label: "Failed", shows: ({ status }) => status === "failed" },
} satisfies Record<string, { label: string; shows: (session: Session) => boolean }>;
type FilterName = keyof typeof filters;
const filterNames = Object.keys(filters) as FilterName[];

export function SessionsPage() {
  useDocumentTitle("Sessions · TestFarm");
  const sessions = useSessions();
  const [filter, setFilter] = useState<FilterName>("all");
  const all = sessions.data ?? [];
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div>
          <Title order={1} size="h2">
            Sessions
          </Title>
          <p className={classes.lead}>Each one sends a persona with an objective to a web site.</p>
        </div>
        {all.length > 0 && (
          <SegmentedControl
            aria-label="Show"
            withItemsBorders={false}
            value={filter}
            onChange={(value) => setFilter(value as FilterName)}
            data={filterNames.map((name) => ({
              value: name,
              label: `${filters[name].label} ${all.filter(filters[name].shows).length}`,
            }))}
          />
        )}
      </div>
      <Unreachable query={sessions} />
      {sessions.isPending && <Loading />}
      {sessions.data && <List sessions={all.filter(filters[filter].shows)} filtered={filter !== "all"} />}
    </div>
  );
}

function List({ sessions, filtered }: { readonly sessions: readonly Session[]; readonly filtered: boolean }) {
  const now = useNow(sessions.some(isActive) ? 1_000 : 30_000);
  if (sessions.length === 0) return <div className={classes.list}>{filtered ? <NoMatch /> : <Empty />}</div>;
  return (
    <ul className={classes.list}>
      {sessions.map((session) => (
        <SessionRow key={session.id} session={session} now={now} />
      ))}
    </ul>
  );
}

function Empty() {
  return (
    <Notice
      icon={Sprout}
      title="No sessions yet"
      actions={
        <Button component={Link} href="/start">
          Start the first session
        </Button>
      }
    >
      Name a web site and what a user wants to do there. A persona tries it in a real browser while you watch,
      and reports what got in the way.
    </Notice>
  );
}

function NoMatch() {
  return (
    <Notice icon={Filter} title="No session matches">
      Choose another filter to see the others.
    </Notice>
  );
}

function Loading() {
  return (
    <div className={classes.list} aria-busy>
      <VisuallyHidden component="output">Loading sessions</VisuallyHidden>
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className={classes.row}>
          <Skeleton height={24} width={84} />
          <div>
            <Skeleton height={16} width="60%" mb={8} />
            <Skeleton height={12} width="35%" />
          </div>
        </div>
      ))}
    </div>
  );
}
