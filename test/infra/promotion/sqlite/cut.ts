import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { atEnd } from "../../../support/at-end.ts";

/** The last statement of an import, and what comes behind it. */
const last = "DROP SCHEMA import_sqlite";
const commit = "COMMIT\0";

/**
 * A way to a database that breaks once, at the end of an import: the last statement does not get there, the commit behind it
 * does not, or its answer does not get back.
 */
export async function cutAtLastCommit(
  url: string,
  lost: "statement" | "request" | "answer",
): Promise<string> {
  const server = createServer((socket) => {
    const other = connect(Number(new URL(url).port), "127.0.0.1");
    let [isLast, isCommitted] = [false, false];
    const cut = () => {
      socket.destroy();
      other.destroy();
    };
    for (const each of [socket, other]) each.on("error", cut).on("close", cut);
    socket.on("data", (bytes) => {
      const said = bytes.toString("latin1");
      isLast ||= said.includes(last);
      isCommitted ||= isLast && said.includes(commit);
      if ((isLast && lost === "statement") || (isCommitted && lost === "request")) cut();
      else other.write(bytes);
    });
    other.on("data", (bytes) => {
      if (isCommitted) cut();
      else socket.write(bytes);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return Object.assign(new URL(url), { hostname: "127.0.0.1", port }).href;
}
