import type { ServerType } from "@hono/node-server";

/** For answers that are under way. Milliseconds. */
const patience = 3_000;

/** Stops listening, lets running requests end for a moment, then ends their connections. */
export async function endServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
  if (!("closeAllConnections" in server)) return closed;
  // A connection that is kept alive ends once its last answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), patience);
  await closed.finally(() => {
    clearInterval(idle);
    clearTimeout(deadline);
  });
}
