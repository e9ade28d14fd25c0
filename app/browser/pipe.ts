import type { Readable, Writable } from "node:stream";

/** A Chromium's DevTools protocol, message by message as text. It has one listener, which may change hands. */
export interface Pipe {
  send(message: string): void;
  close(): void;
  onMessage?: ((message: string) => void) | undefined;
  onClose?: (() => void) | undefined;
}

/**
 * Speaks the DevTools protocol over the two pipes of `--remote-debugging-pipe`, each message ended by a zero byte.
 * Unlike a debugging port nobody else on the machine can reach a pipe, and a Chromium whose pipe ends, because the
 * process that held it was killed, ends too.
 *
 * Each message is a task of its own, however many arrive in one piece: Playwright goes on with the answer to one in a
 * microtask, and what it has not yet begun to wait for, such as the first script context of a popup, would be lost.
 */
export function openPipe(toBrowser: Writable, fromBrowser: Readable): Pipe {
  const pipe: Pipe = {
    send: (message) => void (toBrowser.writable && toBrowser.write(`${message}\0`)),
    close: () => void toBrowser.destroy(),
  };
  let pending: Buffer[] = [];
  fromBrowser.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      const message = Buffer.concat([...pending, chunk.subarray(start, end)]).toString();
      pending = [];
      start = end + 1;
      setImmediate(() => pipe.onMessage?.(message));
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  });
  fromBrowser.on("close", () => setImmediate(() => pipe.onClose?.()));
  // A write to a browser that has just died: its end arrives as "close" and is all that matters.
  toBrowser.on("error", () => toBrowser.destroy());
  fromBrowser.on("error", () => fromBrowser.destroy());
  return pipe;
}
