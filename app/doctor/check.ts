/** What was found out about one thing that the application needs. */
export interface Finding {
  readonly name: string;
  readonly state: "good" | "warning" | "bad";
  /** What is so, or what is wrong. */
  readonly says: string;
  /** What to do about it; absent when nothing has to be done. */
  readonly fix?: string;
}

export const good = (name: string, says: string): Finding => ({ name, state: "good", says });
export const warning = (name: string, says: string, fix: string): Finding => ({
  name,
  state: "warning",
  says,
  fix,
});
export const bad = (name: string, says: string, fix: string): Finding => ({ name, state: "bad", says, fix });

/** One question; what it throws is an answer too. */
export async function ask(name: string, fix: string, question: () => Promise<Finding>): Promise<Finding> {
  try {
    return await question();
  } catch (error) {
    return bad(name, reasonOf(error), fix);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
}
