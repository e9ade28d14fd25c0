import { asc, eq } from "drizzle-orm";
import type { Principal } from "../api/context.ts";
import type { CreatePersona } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { members, organizations, users } from "../db/auth-tables.ts";
import { personas } from "../db/schema.ts";
import { createSession } from "../db/sessions.ts";

/** Ways to use a site, not people. */
const firstPersonas: readonly CreatePersona[] = [
  {
    name: "First-time visitor",
    description:
      "Has never seen this site. Reads headings and buttons before clicking, follows the most obvious way, and wants to know what happens next.",
    device: "desktop",
  },
  {
    name: "Impatient shopper on a phone",
    description:
      "Knows what to buy and has a minute for it. Skips long texts, taps the first thing that looks right, and gives up when something takes long or does not fit the screen.",
    device: "phone",
  },
  {
    name: "Keyboard and screen reader user",
    description:
      "Finds the way by headings, landmarks and labels and never by looks. Stumbles over fields without a name and buttons that say nothing.",
    device: "desktop",
  },
];

interface FirstRun {
  /** Whom this installation signs in. */
  readonly principal: Principal;
  /** The session that shows what TestFarm does, on the first run only. */
  readonly sessionId?: string;
}

/** The local user; on the first run with an organization, personas and a session against the demo site. */
export async function prepareFirstRun(db: Database, demoSite: string): Promise<FirstRun> {
  return db.transaction(async (tx) => {
    const [member] = await tx
      .select({ orgId: members.organizationId, userId: users.id, name: users.name })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .orderBy(asc(members.createdAt))
      .limit(1);
    if (member) return { principal: member };

    const [organization] = await tx
      .insert(organizations)
      .values({ name: "This computer", slug: "this-computer" })
      .returning();
    const orgId = organization!.id;
    const you = { name: "You", email: "you@localhost" };
    const [created] = await tx.insert(users).values(you).returning();
    const userId = created!.id;
    await tx.insert(members).values({ organizationId: orgId, userId, role: "owner" });
    const rows = firstPersonas.map((persona, index) => ({
      ...persona,
      orgId,
      // Rows of one transaction have the same time; personas are listed by it.
      createdAt: new Date(Date.now() + index),
    }));
    const [visitor] = await tx.insert(personas).values(rows).returning({ id: personas.id });
    const objective = "Find a mug, put it into the cart and go through the checkout";
    const session = await createSession(tx, orgId, { personaId: visitor!.id, url: demoSite, objective });
    return { principal: { orgId, userId, name: you.name }, sessionId: session.id };
  });
}
