import { Button } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { ServerCrash, WifiOff } from "lucide-react";
import { Callout } from "../parts/callout.tsx";
import { Notice } from "./notice.tsx";

interface UnreachableProps {
  readonly query: Pick<UseQueryResult, "error" | "refetch" | "isFetching" | "data">;
  /** 1 where nothing else is on the page. */
  readonly order?: 1 | 2;
}

/** A query that failed: a line above what was loaded before, a notice where there is nothing to show. */
export function Unreachable({ query, order = 2 }: UnreachableProps) {
  if (!query.error) return null;
  if (query.data !== undefined) {
    return (
      <Callout icon={WifiOff} tone="serious" title="Connection lost." role="alert">
        This page shows what was loaded last. Trying again…
      </Callout>
    );
  }
  return (
    <Notice
      icon={ServerCrash}
      tone="serious"
      order={order}
      title="Nothing could be loaded"
      actions={
        <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          Try again
        </Button>
      }
    >
      {query.error.message}
    </Notice>
  );
}
