import { and, eq } from "drizzle-orm";
import type { Me } from "../contract.ts";
import type { Database } from "./database.ts";
import { organizations, users } from "./schema.ts";

/** @throws when there is no such user: a principal is made from one. */
export async function findMe(
  db: Database,
  { orgId, userId }: { orgId: string; userId: string },
): Promise<Pick<Me, "user" | "organization">> {
  const [row] = await db
    .select({
      user: { name: users.name },
      organization: { id: organizations.id, name: organizations.name },
    })
    .from(users)
    .innerJoin(organizations, eq(organizations.id, users.orgId))
    .where(and(eq(users.orgId, orgId), eq(users.id, userId)));
  if (!row) throw new Error(`The signed-in user ${userId} is not in the database.`);
  return row;
}
