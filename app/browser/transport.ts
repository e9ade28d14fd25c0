import type { ConnectOverCDPTransport } from "playwright-core";
import { guard, type Command } from "./guard.ts";
import type { Pipe } from "./pipe.ts";

/** A pipe as Playwright takes it, its commands guarded. */
export function guardedTransport(pipe: Pipe): ConnectOverCDPTransport {
  const transport: ConnectOverCDPTransport = {
    send(message) {
      const verdict = guard(message as Command);
      if ("send" in verdict) pipe.send(JSON.stringify(verdict.send));
      else setImmediate(() => transport.onmessage?.(verdict.answer));
    },
    close: () => pipe.close(),
  };
  pipe.onMessage = (message) => transport.onmessage?.(JSON.parse(message) as object);
  pipe.onClose = () => transport.onclose?.();
  return transport;
}
