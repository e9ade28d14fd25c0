import type { WebSocket } from "ws";
import { guard, type Command } from "./guard.ts";
import type { Connection } from "./sessions.ts";

/** A client that reads no more would have us keep what it does not read. Bytes. */
const mostUnread = 128 * 1_024 * 1_024;

/** Carries the protocol between a client and its browser until one of them ends. */
export function bridge(socket: WebSocket, { pipe, touch }: Connection): void {
  pipe.onMessage = (message) => {
    socket.send(message);
    if (socket.bufferedAmount > mostUnread) socket.terminate();
  };
  pipe.onClose = () => socket.close(1001, "The browser ended.");

  socket.on("message", (data) => {
    touch();
    const command = parse(String(data));
    if (command === undefined) return socket.close(1007, "Not a command of the DevTools protocol.");
    const verdict = guard(command);
    if ("send" in verdict) pipe.send(JSON.stringify(verdict.send));
    else socket.send(JSON.stringify(verdict.answer));
  });
  // Its end follows as "close".
  socket.on("error", () => socket.terminate());
  socket.on("close", () => (pipe.onMessage = undefined));
}

function parse(text: string): Command | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "method" in value ? (value as Command) : undefined;
  } catch {
    // Whoever sends this is no client of ours.
    return undefined;
  }
}
