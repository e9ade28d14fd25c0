/** What rows of the old database are in the new one. */
import type { Old } from "./entities.ts";
import { newId } from "./identity.ts";
import type { NewRow } from "./tables.ts";

/** The one that all of it belongs to: the old product knew none. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** When the import began. */
  readonly createdAt: Date;
}

export const organizationRow = ({ id, name, createdAt }: Organization): NewRow => ({
  table: "organizations",
  values: { id, name, createdAt, slug: "imported", logo: null, metadata: null },
});

/** A user has no way to sign in yet. */
export function userRows(user: Old<"users">, organizationId: string): NewRow[] {
  const { email, name, role, emailVerified, createdAt } = user;
  const id = newId("users", user.id);
  const account = { id, email, name, emailVerified: emailVerified ?? false, image: null };
  const membership = { id: newId("members", user.id), organizationId, userId: id, role, createdAt };
  return [
    { table: "users", values: { ...account, createdAt, updatedAt: createdAt } },
    { table: "members", values: membership },
  ];
}

export const personaRow = (persona: Old<"personas">, orgId: string): NewRow => ({
  table: "personas",
  values: { ...persona, id: newId("personas", persona.id), orgId },
});

/** It pauses: one that is enabled runs from the moment on in which all has been compared. */
export const scheduleRow = (schedule: Old<"schedules">, objective: string, orgId: string): NewRow => ({
  table: "schedules",
  values: {
    id: newId("schedules", schedule.id),
    orgId,
    personaId: newId("personas", schedule.personaId),
    url: schedule.url,
    objective,
    cron: schedule.cron,
    timezone: schedule.timezone,
    paused: true,
    overlap: "skip",
    nextRunAt: schedule.nextRunAt,
    createdAt: schedule.createdAt,
  },
});
