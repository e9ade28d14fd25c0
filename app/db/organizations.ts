import { eq } from "drizzle-orm";
import type { Me } from "../contract.ts";
import { organizations } from "./auth-tables.ts";
import type { Database } from "./database.ts";

/** @throws when there is no such organization: a principal belongs to one. */
export async function findOrganization(db: Database, orgId: string): Promise<Me["organization"]> {
  const { id, name } = organizations;
  const [row] = await db.select({ id, name }).from(organizations).where(eq(id, orgId));
  if (!row) throw new Error(`The organization ${orgId} is not in the database.`);
  return row;
}
