import { listUnfinished } from "../../../app/db/attempts.ts";
import { openDatabase } from "../../../app/db/database.ts";
import { type Difference, differenceOf, type End } from "./contract.ts";

/** Whether the queue of the target holds a session that has not ended. */
export type Holds = (session: { readonly orgId: string; readonly sessionId: string }) => Promise<boolean>;

/** Sessions that wait or run by the target's database and that its queue knows nothing of. */
export async function compareQueue(
  sides: { readonly source: End; readonly target: End },
  holds: Holds,
): Promise<Difference[]> {
  const { db, pool } = openDatabase(sides.target.databaseUrl, () => undefined);
  try {
    const found: Difference[] = [];
    for (const session of await listUnfinished(db))
      if (!(await holds(session)))
        found.push(
          differenceOf(sides)("session", `session ${session.sessionId}`, ["unfinished", "not in its queue"]),
        );
    return found;
  } finally {
    await pool.end();
  }
}
