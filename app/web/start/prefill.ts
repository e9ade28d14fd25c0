import type { Session } from "../../contract.ts";

export interface Prefill {
  readonly url: string;
  readonly objective: string;
  readonly personaId: string;
}

/** Address of the form that starts a session, filled in like an earlier one. */
export function startLike({
  url,
  objective,
  persona,
}: Pick<Session, "url" | "objective" | "persona">): string {
  return `/start?${new URLSearchParams({ url, objective, persona: persona.id })}`;
}

export function readPrefill(search: string): Prefill {
  const given = new URLSearchParams(search);
  return {
    url: given.get("url") ?? "",
    objective: given.get("objective") ?? "",
    personaId: given.get("persona") ?? "",
  };
}
