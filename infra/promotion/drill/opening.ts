import { withClient } from "../../../app/backup/connection.ts";
import type { Side } from "../contract.ts";
import { open, passGate } from "../gate.ts";

/**
 * Lets the copy of an installation take writes, which does nothing of itself: what waits or runs there does so at its source
 * as well, and no site is to be visited twice.
 *
 * @param run that has closed it.
 */
export const openQuietly = ({ databaseUrl }: Side, run: string): Promise<void> =>
  withClient(databaseUrl, async (client) => {
    await passGate(client, run);
    await client.query("UPDATE schedules SET paused = true");
    await client.query(
      `UPDATE sessions SET status = 'cancelled', reason = 'It goes on where it was copied from.', ended_at = now()
       WHERE status IN ('queued', 'running')`,
    );
    await open(client, { run, raiseEpoch: true });
  });
