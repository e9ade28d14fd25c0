import { withClient } from "../../app/backup/connection.ts";

/** Sessions that `fill` makes, with 20 events each. */
export const sessions = 30_000;

/**
 * Fills the application's own tables.
 *
 * @param url a migrated database, as its owner.
 * @param payload of each event: an SQL expression of the session's `id` and the event's `seq`.
 */
export async function fill(url: string, payload: string): Promise<void> {
  for (const statement of [
    "INSERT INTO organizations (name, slug) SELECT 'Org ' || n, 'org-' || n FROM generate_series(1, 20) n",
    "INSERT INTO personas (org_id, name, description, device) SELECT id, 'Visitor', 'Has never been here.', 'phone' FROM organizations",
    `INSERT INTO sessions (org_id, persona_id, url, objective, status)
     SELECT org_id, id, 'http://shop.test/', 'Order a mug', 'passed' FROM personas, generate_series(1, ${sessions / 20})`,
    `INSERT INTO session_events (org_id, session_id, seq, attempt, type, payload)
     SELECT org_id, id, seq, 1, 'step', ${payload}
     FROM sessions, generate_series(1, 20) AS seq`,
    "VACUUM ANALYZE",
  ])
    await withClient(url, (client) => client.query(statement));
}
