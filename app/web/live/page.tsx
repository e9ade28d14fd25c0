import { Skeleton, VisuallyHidden } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { ApiFailure } from "../api/client.ts";
import { useSession } from "../api/queries.ts";
import { NotFound } from "../layout/not-found.tsx";
import { Unreachable } from "../layout/unreachable.tsx";
import { LiveView } from "./view.tsx";
import classes from "./live.module.css";

export function LivePage({ id }: { readonly id: string }) {
  const session = useSession(id);
  useDocumentTitle(session.data ? `${session.data.objective} · TestFarm` : "Session · TestFarm");
  if (session.error instanceof ApiFailure && session.error.status === 404) return <NotFound what="session" />;
  if (session.data) return <LiveView session={session.data} unreachable={session.isError} />;
  return session.error ? <Unreachable query={session} order={1} /> : <Loading />;
}

function Loading() {
  return (
    <div className={classes.page} aria-busy>
      <VisuallyHidden component="output">Loading the session</VisuallyHidden>
      <Skeleton height={28} width="50%" />
      <Skeleton height={420} />
    </div>
  );
}
