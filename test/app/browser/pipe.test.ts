import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openPipe } from "../../../app/browser/pipe.ts";

test("messages that arrive in one piece, or in several, are handed on whole and each in a task of its own", async () => {
  const [toBrowser, fromBrowser] = [new PassThrough(), new PassThrough()];
  const pipe = openPipe(toBrowser, fromBrowser);
  const seen: string[] = [];
  Object.assign(pipe, {
    onMessage: (message: string) => {
      const { id } = JSON.parse(message) as { id: number };
      seen.push(`message ${id}`);
      void Promise.resolve().then(() => seen.push(`what comes of ${id}`));
    },
    onClose: () => void seen.push("closed"),
  });
  fromBrowser.write('{"id":1}\0{"id":2}\0{"i');
  fromBrowser.end('d":3}\0');
  await sleep(20);
  const messages = [1, 2, 3].flatMap((id) => [`message ${id}`, `what comes of ${id}`]);
  expect(seen).toEqual([...messages, "closed"]);
});
