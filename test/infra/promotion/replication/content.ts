import type { ClientBase } from "pg";
import { fingerprint, type TableFingerprint } from "../../../../app/db/fingerprint.ts";

/** What is in the tables that are moved. */
export async function content(client: ClientBase): Promise<TableFingerprint[]> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const all = await fingerprint(client);
  await client.query("COMMIT");
  return all.filter(({ table }) => table.startsWith("public."));
}
