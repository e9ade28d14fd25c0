import { useEffect, useReducer, useState } from "react";
import type { SessionEvent } from "../../contract.ts";
import { nothingYet, type Progress, receive } from "./progress.ts";

export type Connection = "connecting" | "open" | "lost";

/** Milliseconds until a stream that the browser gave up on is opened again. */
const reopenAfter = 3_000;
/** Milliseconds that a stream may be gone: a server that ends, or has been moved, ends its streams and is asked again. */
const patience = 5_000;

/** A session's events as they happen, until the one that ends it. */
export function useSessionEvents(id: string): {
  readonly progress: Progress;
  readonly connection: Connection;
} {
  const [progress, dispatch] = useReducer(receive, nothingYet);
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let late: ReturnType<typeof setTimeout> | undefined;
    let source = open();
    function open(): EventSource {
      const stream = new EventSource(`/api/sessions/${id}/events`);
      stream.addEventListener("open", () => {
        clearTimeout(late);
        late = undefined;
        setConnection("open");
      });
      stream.addEventListener("message", ({ data }: MessageEvent<string>) => {
        const event = JSON.parse(data) as SessionEvent;
        dispatch(event);
        if (event.type === "ended") stream.close();
      });
      stream.addEventListener("error", () => {
        late ??= setTimeout(() => setConnection("lost"), patience);
        // The browser reconnects by itself except after an answer that is no stream, such as a proxy's 502.
        if (stream.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(() => {
          source = open();
        }, reopenAfter);
      });
      return stream;
    }
    return () => {
      clearTimeout(timer);
      clearTimeout(late);
      source.close();
    };
  }, [id]);
  return { progress, connection };
}
