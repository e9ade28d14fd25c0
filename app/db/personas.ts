import { and, asc, eq } from "drizzle-orm";
import type { CreatePersona, Persona } from "../contract.ts";
import type { Database } from "./database.ts";
import { personas } from "./schema.ts";

export const personaColumns = {
  id: personas.id,
  name: personas.name,
  description: personas.description,
  device: personas.device,
};

export async function listPersonas(db: Database, orgId: string): Promise<Persona[]> {
  return db
    .select(personaColumns)
    .from(personas)
    .where(eq(personas.orgId, orgId))
    .orderBy(asc(personas.createdAt));
}

export async function hasPersona(db: Database, orgId: string, id: string): Promise<boolean> {
  const found = await db.$count(personas, and(eq(personas.orgId, orgId), eq(personas.id, id)));
  return found > 0;
}

export async function createPersona(db: Database, orgId: string, input: CreatePersona): Promise<Persona> {
  const [created] = await db
    .insert(personas)
    .values({ ...input, orgId })
    .returning(personaColumns);
  return created!;
}
