/** What servers of contracts have in common, whatever the protocol: an address, and troubles that are planned. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "../at-end.ts";
import type { Trouble } from "./server.ts";

/** @returns its address. It is closed after the tests of the file. */
export async function serve(answer: (request: IncomingMessage) => Promise<Trouble>): Promise<string> {
  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(reply, response),
      (error: Error) => send({ status: 500, body: error.message }, response),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(reply: Trouble, response: ServerResponse): void {
  if (reply === "lost") return void response.destroy();
  const { status = 200, body, headers } = { headers: {}, ...reply };
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Troubles by the call that they happen to. */
export function planTroubles() {
  const planned: { call: string; trouble: Trouble; skip: number }[] = [];
  return {
    plan: (call: string, trouble: Trouble, skip: number) => void planned.push({ call, trouble, skip }),
    /** What happens to this call. */
    take(call: string): Trouble | undefined {
      const index = planned.findIndex((each) => each.call === call);
      const found = planned[index];
      if (found === undefined) return undefined;
      if (found.skip > 0) return void found.skip--;
      planned.splice(index, 1);
      return found.trouble;
    },
    forget: () => void planned.splice(0),
  };
}
